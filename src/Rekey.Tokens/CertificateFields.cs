using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rekey.Tokens;

/// <summary>What a token's objects need to know of a certificate. What cannot be read is null: a token may hold anything.</summary>
internal static class CertificateFields
{
    /// <summary>The certificate, or null when the octets are none. The caller disposes it.</summary>
    public static X509Certificate2? Load(byte[]? der)
    {
        try
        {
            return der is null ? null : X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public static byte[]? SpkiOf(byte[]? der)
    {
        using var certificate = Load(der);
        try
        {
            return certificate?.PublicKey.ExportSubjectPublicKeyInfo();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>
    /// Encryption when the certificate's key usage (RFC 5280 section 4.2.1.3) allows to encipher or agree on keys and not to sign;
    /// everything else is for signing.
    /// </summary>
    public static PairUse UseOf(byte[]? der)
    {
        var usage = UsageOf(der);
        const X509KeyUsageFlags Encrypts = X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment | X509KeyUsageFlags.KeyAgreement;
        const X509KeyUsageFlags Signs = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation;
        return (usage & Encrypts) != 0 && (usage & Signs) == 0 ? PairUse.Encryption : PairUse.Signing;
    }

    private static X509KeyUsageFlags UsageOf(byte[]? der)
    {
        using var certificate = Load(der);
        try
        {
            // The extension is decoded only when it is asked for.
            return certificate?.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages ?? X509KeyUsageFlags.None;
        }
        catch (CryptographicException)
        {
            return X509KeyUsageFlags.None;
        }
    }

    /// <summary>The serial number as DER INTEGER, which is what CKA_SERIAL_NUMBER holds.</summary>
    public static byte[] SerialNumberDer(X509Certificate2 certificate)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(certificate.SerialNumberBytes.Span);
        return writer.Encode();
    }
}
