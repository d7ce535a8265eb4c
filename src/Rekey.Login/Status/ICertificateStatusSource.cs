using Rekey.Pki.Certificates;

namespace Rekey.Login.Status;

/// <summary>What is known of a certificate.</summary>
public enum CertificateStatusKind
{
    /// <summary>Its CA says that it is in force. Anything else is no login.</summary>
    Good,

    /// <summary>Revoked or on hold.</summary>
    Revoked,

    /// <summary>Its CA does not answer for it: never issued, or not confirmed.</summary>
    Unknown,

    /// <summary>Nobody could be asked.</summary>
    Unavailable,
}

/// <summary>The status of a certificate.</summary>
/// <param name="Kind">What is known.</param>
/// <param name="RevokedAt">Since when, with <see cref="CertificateStatusKind.Revoked"/>.</param>
public sealed record CertificateStatus(CertificateStatusKind Kind, DateTimeOffset? RevokedAt = null);

/// <summary>Who knows what is revoked: OCSP (<see cref="OcspStatusSource"/>), or a host that is told by the CA itself, as the RA is.</summary>
public interface ICertificateStatusSource
{
    /// <summary>Asks. An outage is an answer, not an exception.</summary>
    /// <param name="certificate">Chains to a trusted anchor.</param>
    /// <param name="issuer">Who issued it.</param>
    /// <param name="cancel">Stops asking.</param>
    Task<CertificateStatus> AskAsync(Certificate certificate, Certificate issuer, CancellationToken cancel);
}
