namespace Rekey.Ra.Authorisations;

/// <summary>Download authorisations.</summary>
public sealed record AuthorisationOptions
{
    /// <summary>Days that an authorisation is open when its maker does not say otherwise.</summary>
    public int Days { get; init; } = 14;

    /// <summary>Most days that a maker may give.</summary>
    public int MostDays { get; init; } = 90;

    /// <summary>Wrong codes that lock a reference number.</summary>
    public int MostWrongTries { get; init; } = 5;

    /// <summary>Codes typed from one network address in a minute.</summary>
    public int TriesPerMinute { get; init; } = 20;

    internal void Validate()
    {
        RaOptions.Require(MostDays is >= 1 and <= 365, "authorisations.mostDays", "must be 1 to 365");
        RaOptions.Require(Days >= 1 && Days <= MostDays, "authorisations.days", "must be 1 to mostDays");
        RaOptions.Require(MostWrongTries is >= 1 and <= 20, "authorisations.mostWrongTries", "must be 1 to 20");
        RaOptions.Require(TriesPerMinute is >= 1 and <= 10_000, "authorisations.triesPerMinute", "must be 1 to 10000");
    }
}
