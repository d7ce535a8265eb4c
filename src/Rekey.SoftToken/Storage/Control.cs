using System.Globalization;

namespace Rekey.SoftToken.Storage;

/// <summary>A disturbance that a test orders.</summary>
/// <param name="Deed">What happens.</param>
/// <param name="Call">The call it happens to, counted from 1 through all processes; 0 is every call of <paramref name="Function"/>.</param>
/// <param name="Function">The function it happens to; null is any.</param>
/// <param name="Code">What the call answers.</param>
internal sealed record Disturbance(string Deed, long Call, string? Function, uint Code)
{
    /// <summary>Whether this is the call.</summary>
    public bool Meets(string function, long call) => Call == 0 ? Function == function : Call == call;
}

/// <summary>
/// What people and tests do to a device from outside, read before each call; the file "control" in its folder. The lines are
/// explained in the README. Nothing in it is state of the device.
/// </summary>
internal sealed record Control
{
    /// <summary>0 is pulled out. Every other number is plugged in, and another number than before is pulled out and plugged in again.</summary>
    public int Plug { get; private init; } = 1;

    public int MaxContainers { get; private init; } = 16;

    public int Space { get; private init; } = 128 * 1024;

    public bool NewestFirst { get; private init; }

    public IReadOnlyList<Disturbance> Disturbances { get; private init; } = [];

    /// <summary>Whether calls are counted and named: only tests want that.</summary>
    public bool Counts { get; private init; }

    /// <exception cref="InvalidDataException">A line that is not known: better than a test that tests nothing.</exception>
    public static Control Parse(string? text)
    {
        var control = new Control { Counts = text is not null };
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            control = control.With(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), line);
        }

        return control;
    }

    private Control With(string[] words, string line) => words switch
    {
        ["plug", var n] => this with { Plug = Number(n) },
        ["containers", var n] => this with { MaxContainers = Number(n) },
        ["space", var n] => this with { Space = Number(n) },
        ["order", "newest-first"] => this with { NewestFirst = true },
        ["fail" or "lose", var n, var code] => And(new(words[0], Number(n), null, Code(code))),
        ["remove" or "hang" or "crash" or "crash-done", var n] => And(new(words[0], Number(n), null, 0)),
        ["refuse", var function, var code] => And(new("fail", 0, function, Code(code))),
        _ => throw new InvalidDataException($"control: {line}"),
    };

    private Control And(Disturbance disturbance) => this with { Disturbances = [.. Disturbances, disturbance] };

    private static int Number(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new InvalidDataException($"control: {word}");

    private static uint Code(string word) => word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && uint.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? code : throw new InvalidDataException($"control: {word}");
}
