using System.Globalization;

namespace Rekey.Bench;

/// <summary>One line of the table.</summary>
/// <param name="Measure">What was measured.</param>
/// <param name="Value">What it came to, with its unit.</param>
/// <param name="Beside">The floor or peer measured in the same run, or a dash.</param>
internal sealed record Row(string Measure, string Value, string Beside = "–")
{
    /// <summary>The ratio, growth or time that the aim is about; null where there is none.</summary>
    public double? Figure { get; init; }

    /// <summary>How <see cref="Figure"/> is written.</summary>
    public string Format { get; init; } = "0.00";

    /// <summary>The aim; null where there is none.</summary>
    public double? Aim { get; init; }

    /// <summary>Whether the figure shall stay below the aim rather than reach it.</summary>
    public bool Below { get; init; }

    /// <summary>Spread of the figure or of the value over the blocks.</summary>
    public string Spread { get; init; } = "–";

    /// <summary>What one must know to read it.</summary>
    public string Remark { get; init; } = "";

    /// <summary>Whether the aim was reached; null where there is none.</summary>
    public bool? Reached => Figure is { } f && Aim is { } aim ? (Below ? f <= aim : f >= aim) : null;

    /// <summary>The line's cells.</summary>
    public string[] Cells =>
    [
        Measure, Value, Beside,
        Figure?.ToString(Format, CultureInfo.InvariantCulture) ?? "–",
        Aim is { } aim ? $"{(Below ? "≤" : "≥")} {aim.ToString(Format, CultureInfo.InvariantCulture)}" : "–",
        Reached switch { true => "yes", false => "no", null => "–" },
        Spread, Remark,
    ];
}
