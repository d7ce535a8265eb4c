using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;

namespace Rekey.Ra.Renewal;

/// <summary>What the RA reads in a certificate that an agent listed.</summary>
internal sealed class CertificateFacts
{
    private CertificateFacts(byte[] der, X509Certificate2 certificate)
    {
        Der = der;
        Sha256 = SHA256.HashData(der);
        Issuer = certificate.IssuerName.RawData;
        IssuerText = certificate.IssuerName.Name;
        IssuerName = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true);
        Subject = certificate.SubjectName.RawData;
        SubjectText = certificate.SubjectName.Name;
        HolderName = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Serial = certificate.SerialNumber;
        NotBefore = new(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);
        NotAfter = new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var spki = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        SpkiSha256 = SHA256.HashData(spki);
        (StrengthBits, RsaModulus, KeyName) = Key(spki, certificate);
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages;
        Signs = usage is not { } bits || (bits & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) != 0;
    }

    public byte[] Der { get; }

    public byte[] Sha256 { get; }

    public string Sha256Hex => Convert.ToHexStringLower(Sha256);

    /// <summary>DER Name.</summary>
    public byte[] Issuer { get; }

    public string IssuerText { get; }

    /// <summary>The issuer in one phrase.</summary>
    public string IssuerName { get; }

    /// <summary>DER Name.</summary>
    public byte[] Subject { get; }

    public string SubjectText { get; }

    /// <summary>The holder in one phrase.</summary>
    public string HolderName { get; }

    /// <summary>Upper-case hex.</summary>
    public string Serial { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    public byte[] SpkiSha256 { get; }

    /// <summary>Security strength of the key in bits; 0 for a kind of key that we cannot judge.</summary>
    public int StrengthBits { get; }

    /// <summary>Big-endian; null unless the key is RSA.</summary>
    public byte[]? RsaModulus { get; }

    public string KeyName { get; }

    /// <summary>Whether the key may sign (key usage); an encryption certificate is never what is renewed by itself.</summary>
    public bool Signs { get; }

    /// <summary>Reads a DER certificate; null when it is none.</summary>
    public static CertificateFacts? Read(byte[] der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            // LoadCertificate also takes PEM; only the DER that goes on to the CA is meant here.
            return certificate.RawData.AsSpan().SequenceEqual(der) ? new(der, certificate) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static (int Strength, byte[]? Modulus, string Name) Key(byte[] spki, X509Certificate2 certificate)
    {
        try
        {
            using var key = Pki.Algorithms.PublicKey.FromSpki(spki);
            return (key.Suite.StrengthBits, key.RsaModulus(), key.Suite.Name);
        }
        catch (UnsupportedKeyException)
        {
            using var rsa = certificate.GetRSAPublicKey();
            return rsa is null
                ? (0, null, certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "?")
                : (RsaStrength(rsa.KeySize), rsa.ExportParameters(false).Modulus, $"RSA-{rsa.KeySize}");
        }
    }

    // NIST SP 800-57 part 1, table 2.
    private static int RsaStrength(int bits) => bits switch { < 1024 => 0, < 2048 => 80, < 3072 => 112, < 7680 => 128, _ => 192 };
}
