namespace Rekey.Store.Audit;

/// <summary>How an act ended.</summary>
public enum AuditOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>Refused by a rule.</summary>
    Refused,

    /// <summary>Failed.</summary>
    Failed,
}

/// <summary>Something that must be accounted for later.</summary>
/// <param name="Kind">What, for example <c>certificate.issued</c>: lower-case words with dots.</param>
/// <param name="Actor">Who: a certificate's fingerprint, an operator, a job. Never a name.</param>
/// <param name="Target">To what: for example a certificate's issuer and serial.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record AuditEvent(string Kind, string Actor, string Target, AuditOutcome Outcome = AuditOutcome.Done)
{
    /// <summary>More facts, without personal data and without secrets; they can never be erased.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Personal data. The log holds only salted commitments; the values lie in a side table from which they can be erased without
    /// touching the log.
    /// </summary>
    public IReadOnlyDictionary<string, string> Personal { get; init; } = new Dictionary<string, string>();
}
