namespace Rekey.Server.Diagnosis;

/// <summary>How a check came out.</summary>
internal enum Mark
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and wants attention.</summary>
    Warn,

    /// <summary>Does not work, or soon will not.</summary>
    Red,
}

/// <summary>A line of <c>rekey doctor</c>.</summary>
/// <param name="Mark">How it came out.</param>
/// <param name="Text">What was found, without secrets and without personal data.</param>
/// <param name="Action">What to do; with every line that is not <see cref="Mark.Ok"/>.</param>
internal sealed record Finding(Mark Mark, string Text, string? Action = null)
{
    public static Finding Ok(string text) => new(Mark.Ok, text);

    public static Finding Warn(string text, string action) => new(Mark.Warn, text, action);

    public static Finding Red(string text, string action) => new(Mark.Red, text, action);

    /// <inheritdoc/>
    public override string ToString() => $"{Mark switch { Mark.Ok => "ok  ", Mark.Warn => "warn", _ => "RED " }} {Text}{(Action is null ? "" : $"\n     -> {Action}")}";
}
