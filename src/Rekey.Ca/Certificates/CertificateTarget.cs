namespace Rekey.Ca.Certificates;

/// <summary>How audit entries name a certificate.</summary>
public static class CertificateTarget
{
    /// <summary><c>certificate:</c> and the SHA-256 of its DER.</summary>
    public static string Of(CertificateRecord certificate) => $"certificate:{Convert.ToHexStringLower(certificate.Sha256)}";
}
