using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ra.Renewal;

/// <summary>What the RA reads in a certificate that an agent listed or the CA issued.</summary>
internal sealed class CertificateFacts
{
    private readonly Certificate certificate;

    private CertificateFacts(byte[] der, Certificate certificate)
    {
        Der = der;
        this.certificate = certificate;
        SpkiSha256 = SHA256.HashData(certificate.Spki.Span);
        (StrengthBits, RsaModulus, KeyName) = Judge(certificate);
    }

    public byte[] Der { get; }

    public byte[] Sha256 => certificate.Sha256;

    public string Sha256Hex => Convert.ToHexStringLower(certificate.Sha256);

    /// <summary>DER Name.</summary>
    public byte[] Issuer => certificate.Issuer.Encoded.ToArray();

    public string IssuerText => certificate.Issuer.ToString();

    /// <summary>The issuer in one phrase.</summary>
    public string IssuerName => Phrase(certificate.Issuer);

    /// <summary>DER Name.</summary>
    public byte[] Subject => certificate.Subject.Encoded.ToArray();

    public string SubjectText => certificate.Subject.ToString();

    /// <summary>The holder in one phrase.</summary>
    public string HolderName => Phrase(certificate.Subject);

    /// <summary>Upper-case hex.</summary>
    public string Serial => certificate.SerialHex;

    public DateTimeOffset NotBefore => certificate.NotBefore;

    public DateTimeOffset NotAfter => certificate.NotAfter;

    public byte[] SpkiSha256 { get; }

    /// <summary>Security strength of the key in bits; 0 for a kind of key that we cannot judge.</summary>
    public int StrengthBits { get; }

    /// <summary>Big-endian; null unless the key is RSA.</summary>
    public byte[]? RsaModulus { get; }

    /// <summary>The kind of key, for people.</summary>
    public string KeyName { get; }

    /// <summary>Whether the key may sign (key usage); an encryption certificate is never what is renewed by itself.</summary>
    public bool Signs => certificate.KeyUsage is not { } usages || (usages & (KeyUsages.DigitalSignature | KeyUsages.NonRepudiation)) != 0;

    /// <summary>Whether something may be encrypted for it (key usage), so that its key may be needed when it is an old one.</summary>
    public bool Opens => certificate.KeyUsage is not { } usages || (usages & (KeyUsages.KeyEncipherment | KeyUsages.DataEncipherment | KeyUsages.KeyAgreement)) != 0;

    /// <summary>Reads a DER certificate; null when it is none.</summary>
    public static CertificateFacts? Read(byte[] der)
    {
        try
        {
            return new(der, KnownCertificates.Read(der));
        }
        catch (MalformedException)
        {
            return null;
        }
    }

    private static string Phrase(DistinguishedName name) => name.Find(Oids.CommonName) ?? name.Find(Oids.OrganizationName) ?? name.ToString();

    private static (int Strength, byte[]? Modulus, string Name) Judge(Certificate certificate)
    {
        try
        {
            var key = certificate.PublicKey;
            return (key.Suite.StrengthBits, key.RsaModulus(), key.Suite.Name);
        }
        catch (UnsupportedKeyException)
        {
            // Too short, or of a size that no suite has: an old RSA key may still be strong enough to prove who asks.
            using var rsa = RSA.Create();
            try
            {
                rsa.ImportSubjectPublicKeyInfo(certificate.Spki.Span, out _);
                return (RsaStrength(rsa.KeySize), rsa.ExportParameters(false).Modulus, $"RSA-{rsa.KeySize}");
            }
            catch (CryptographicException)
            {
                return (0, null, "?");
            }
        }
    }

    // NIST SP 800-57 part 1, table 2.
    private static int RsaStrength(int bits) => bits switch { < 1024 => 0, < 2048 => 80, < 3072 => 112, < 7680 => 128, _ => 192 };
}
