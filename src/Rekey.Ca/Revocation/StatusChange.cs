namespace Rekey.Ca.Revocation;

/// <summary>What shall happen to certificates.</summary>
public enum StatusAction
{
    /// <summary>Revoke for good.</summary>
    Revoke,

    /// <summary>Put on hold.</summary>
    Hold,

    /// <summary>Take off hold.</summary>
    Resume,
}

/// <summary>How far it reaches in a chain of renewals.</summary>
public enum StatusScope
{
    /// <summary>
    /// The whole chain: the certificates before and after it sit on the same token and belong to the same holder, so what is wrong
    /// with one is wrong with all.
    /// </summary>
    Chain,

    /// <summary>The certificate, its encryption half, and what was renewed from them.</summary>
    Descendants,
}

/// <summary>A change of status that somebody entitled has asked for.</summary>
/// <param name="CertificateSha256">SHA-256 of the DER certificate.</param>
/// <param name="Action">What shall happen.</param>
/// <param name="Actor">Who asked, for the audit log: never a name.</param>
public sealed record StatusChange(byte[] CertificateSha256, StatusAction Action, string Actor)
{
    /// <summary>Why; with <see cref="StatusAction.Hold"/> always certificateHold.</summary>
    public RevocationReason Reason { get; init; } = RevocationReason.Unspecified;

    /// <summary>How far it reaches.</summary>
    public StatusScope Scope { get; init; } = StatusScope.Chain;

    /// <summary>Since when the key is not to be trusted, if known.</summary>
    public DateTimeOffset? InvalidityDate { get; init; }
}
