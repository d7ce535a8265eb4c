using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>
/// A certificate serial number from the platform's random generator. The only way to get one, so that no certificate has a
/// number that somebody can guess or that a counter made.
/// </summary>
public sealed class RandomSerial
{
    private RandomSerial(byte[] octets) => Octets = octets;

    /// <summary>17 octets, positive, more than 128 of their bits random.</summary>
    internal byte[] Octets { get; }

    /// <summary>A new one.</summary>
    public static RandomSerial Next()
    {
        // One octet more than 128 bits, with its two top bits fixed: positive, never zero, and always of the same length.
        var octets = RandomNumberGenerator.GetBytes(17);
        octets[0] = (byte)((octets[0] & 0x3F) | 0x40);
        return new(octets);
    }
}

/// <summary>What a certificate shall say (RFC 5280 section 4.1.2), before it is checked and signed.</summary>
public sealed record CertificateTemplate
{
    /// <summary>Serial number; each template needs its own.</summary>
    public RandomSerial Serial { get; init; } = RandomSerial.Next();

    /// <summary>Suite of the key that will sign.</summary>
    public required AlgorithmSuite SignatureSuite { get; init; }

    /// <summary>Name of the signer, exactly as its own certificate has it as subject.</summary>
    public required DistinguishedName Issuer { get; init; }

    /// <summary>Whose it will be.</summary>
    public required DistinguishedName Subject { get; init; }

    /// <summary>First second of validity.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Last second of validity.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> Spki { get; init; }

    /// <summary>Extensions in the order in which they shall stand.</summary>
    public required IReadOnlyList<CertificateExtension> Extensions { get; init; }

    /// <summary>DER TBSCertificate. Nothing is checked here; that is <see cref="Lint"/>'s part.</summary>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteInteger(2);
            }

            writer.WriteInteger(Serial.Octets);
            writer.WriteEncodedValue(SignatureIdentifiers.Of(SignatureSuite));
            writer.WriteEncodedValue(Issuer.Encoded.Span);
            using (writer.PushSequence())
            {
                DerTime.Write(writer, NotBefore);
                DerTime.Write(writer, NotAfter);
            }

            writer.WriteEncodedValue(Subject.Encoded.Span);
            writer.WriteEncodedValue(Spki.Span);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
            {
                ExtensionWriter.Write(writer, Extensions);
            }
        }

        return writer.Encode();
    }
}

/// <summary>DER AlgorithmIdentifiers of signatures, encoded once.</summary>
internal static class SignatureIdentifiers
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<AlgorithmSuite, byte[]> Cache = new();

    public static byte[] Of(AlgorithmSuite suite) => Cache.GetOrAdd(suite, Encode);

    private static byte[] Encode(AlgorithmSuite suite)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(suite.SignatureOid);
            if (suite.Family == KeyFamily.Rsa)
            {
                writer.WriteNull(); // RFC 4055 section 5; RFC 5758 section 3.2 wants none for ECDSA
            }
        }

        return writer.Encode();
    }

    /// <summary>Wraps signed octets, algorithm and signature, the form of certificates, CRLs and OCSP answers.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> tbs, ISigningKey key, Action<AsnWriter>? trailer = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(tbs);
            writer.WriteEncodedValue(Of(key.PublicKey.Suite));
            writer.WriteBitString(key.Sign(tbs));
            trailer?.Invoke(writer);
        }

        return writer.Encode();
    }
}
