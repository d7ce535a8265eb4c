namespace Rekey.Ca.Revocation;

/// <summary>CRLReason (RFC 5280 section 5.3.1), by number on the wire.</summary>
public enum RevocationReason
{
    /// <summary>No reason given.</summary>
    Unspecified = 0,

    /// <summary>The key, or the token with it, is lost or in wrong hands.</summary>
    KeyCompromise = 1,

    /// <summary>The CA's own key is.</summary>
    CaCompromise = 2,

    /// <summary>The holder left, or the name changed.</summary>
    AffiliationChanged = 3,

    /// <summary>Replaced by another certificate.</summary>
    Superseded = 4,

    /// <summary>No longer needed; also: nobody ever confirmed it.</summary>
    CessationOfOperation = 5,

    /// <summary>On hold; the only reason that can end.</summary>
    CertificateHold = 6,

    /// <summary>The holder may no longer have it.</summary>
    PrivilegeWithdrawn = 9,
}
