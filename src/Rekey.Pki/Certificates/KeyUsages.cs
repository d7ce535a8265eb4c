namespace Rekey.Pki.Certificates;

/// <summary>Bits of keyUsage (RFC 5280 section 4.2.1.3).</summary>
[Flags]
public enum KeyUsages
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>Signatures other than on certificates and CRLs.</summary>
    DigitalSignature = 1 << 0,

    /// <summary>Signatures that its maker cannot deny later (contentCommitment).</summary>
    NonRepudiation = 1 << 1,

    /// <summary>Enciphering keys.</summary>
    KeyEncipherment = 1 << 2,

    /// <summary>Enciphering data.</summary>
    DataEncipherment = 1 << 3,

    /// <summary>Key agreement.</summary>
    KeyAgreement = 1 << 4,

    /// <summary>Signing certificates.</summary>
    KeyCertSign = 1 << 5,

    /// <summary>Signing CRLs.</summary>
    CrlSign = 1 << 6,

    /// <summary>Only with <see cref="KeyAgreement"/>: enciphering.</summary>
    EncipherOnly = 1 << 7,

    /// <summary>Only with <see cref="KeyAgreement"/>: deciphering.</summary>
    DecipherOnly = 1 << 8,
}
