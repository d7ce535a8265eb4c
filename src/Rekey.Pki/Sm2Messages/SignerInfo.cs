using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Sm2Messages;

/// <summary>One signature under a message (SignerInfo, GM/T 0010-2012 clause 8.2).</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Encoded">The signed attributes as they came, with the tag of SET under which they are signed; null when the content itself is signed.</param>
/// <param name="Attributes">The signed attributes; or null.</param>
/// <param name="Signature">DER SM2Signature.</param>
internal sealed record SignerInfo(CertificateName Name, byte[]? Encoded, SignedAttributes? Attributes, byte[] Signature)
{
    private const byte SetTag = 0x31;

    public static void Write(AsnWriter writer, Certificate certificate, byte[] attributes, byte[] signature)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(MessageSyntax.Version);
            MessageSyntax.WriteName(writer, certificate);
            MessageSyntax.WriteAlgorithm(writer, Oids.Sm3);
            writer.WriteEncodedValue([0xA0, .. attributes.AsSpan(1)]);
            MessageSyntax.WriteAlgorithm(writer, MessageSyntax.Sm2Sign);
            writer.WriteOctetString(signature);
        }
    }

    public static SignerInfo Read(AsnReader reader)
    {
        MessageSyntax.DemandVersion(reader, least: 1, most: 3);
        var name = CertificateName.Read(reader);
        MessageSyntax.DemandAlgorithm(MessageSyntax.ReadAlgorithm(reader), Oids.Sm3);
        var encoded = reader.PeekTag() == MessageSyntax.Tag0 ? (byte[])[SetTag, .. reader.ReadEncodedValue().Span[1..]] : null;

        // The standard's own identifier, and that of SM2 with SM3 in certificates, which others write here.
        MessageSyntax.DemandAlgorithm(MessageSyntax.ReadAlgorithm(reader), MessageSyntax.Sm2Sign, AlgorithmSuite.Sm2.SignatureOid);
        var signature = reader.ReadOctetString();
        if (reader.HasData && reader.PeekTag() == MessageSyntax.Tag1)
        {
            reader.ReadEncodedValue(); // attributes that nobody signed say nothing
        }

        reader.ThrowIfNotEmpty();
        return new(name, encoded, encoded is null ? null : SignedAttributes.Read(encoded), signature);
    }

    /// <summary>Demands that the certificate's key signed this content.</summary>
    /// <exception cref="Sm2MessageException">It did not.</exception>
    public void Verify(Certificate certificate, ReadOnlySpan<byte> content)
    {
        if (Attributes is { } attributes && !CryptographicOperations.FixedTimeEquals(attributes.Digest, Sm3.HashData(content)))
        {
            throw new Sm2MessageException(Sm2MessageFault.ContentChanged, "the content is not what was signed");
        }

        // Else the signed attributes of one message could be passed off as the content of another one without any.
        if (Attributes is null && SignedAttributes.Are(content))
        {
            throw new Sm2MessageException(Sm2MessageFault.SignatureWrong, "the content is what stands beside another signature");
        }

        bool verified;
        try
        {
            verified = certificate.PublicKey.Verify(AlgorithmSuite.Sm2.SignatureOid, Encoded is null ? content : (ReadOnlySpan<byte>)Encoded, Signature);
        }
        catch (UnsupportedKeyException)
        {
            verified = false;
        }

        if (!verified)
        {
            throw new Sm2MessageException(Sm2MessageFault.SignatureWrong, $"the signature is not {certificate.Subject}'s");
        }
    }
}

/// <summary>What is signed in the content's place (PKCS#9, RFC 2985 section 5): content type, digest and time.</summary>
/// <param name="Digest">SM3 of the content alone, without the signer's Z, which is in the signature.</param>
/// <param name="Time">signingTime, UTC; or null.</param>
internal sealed record SignedAttributes(byte[] Digest, DateTimeOffset? Time)
{
    private const string ContentType = "1.2.840.113549.1.9.3";
    private const string MessageDigest = "1.2.840.113549.1.9.4";
    private const string SigningTime = "1.2.840.113549.1.9.5";

    private static readonly DateTimeOffset EndOfUtcTime = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero); // RFC 5652 section 11.3

    /// <summary>The attributes as they are signed: DER SET OF.</summary>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSetOf())
        {
            Write(writer, ContentType, w => w.WriteObjectIdentifier(MessageSyntax.Data));
            Write(writer, MessageDigest, w => w.WriteOctetString(Digest));
            if (Time is { } time)
            {
                Write(writer, SigningTime, w => WriteTime(w, time.ToUniversalTime()));
            }
        }

        return writer.Encode();
    }

    /// <summary>Whether octets are signed attributes of whatever content.</summary>
    public static bool Are(ReadOnlySpan<byte> octets)
    {
        try
        {
            return Values(octets.ToArray()).ContainsKey(MessageDigest);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <exception cref="AsnContentException">Not attributes, or one that must be there is missing, or one is there twice.</exception>
    /// <exception cref="Sm2MessageException">The content type is another one.</exception>
    public static SignedAttributes Read(ReadOnlyMemory<byte> encoded)
    {
        var values = Values(encoded);
        MessageSyntax.DemandData(Only(ContentType, r => r.ReadObjectIdentifier()));
        return new(Only(MessageDigest, r => r.ReadOctetString()), values.ContainsKey(SigningTime) ? Only(SigningTime, ReadTime) : null);

        T Only<T>(string oid, Func<AsnReader, T> read)
        {
            var reader = values.TryGetValue(oid, out var found) ? found : throw new AsnContentException("a signed attribute is missing");
            var value = read(reader);
            reader.ThrowIfNotEmpty();
            return value;
        }
    }

    private static Dictionary<string, AsnReader> Values(ReadOnlyMemory<byte> encoded)
    {
        var values = new Dictionary<string, AsnReader>();
        var outer = new AsnReader(encoded, AsnEncodingRules.BER);
        for (var set = outer.ReadSetOf(); set.HasData;)
        {
            var attribute = set.ReadSequence();
            if (!values.TryAdd(attribute.ReadObjectIdentifier(), attribute.ReadSetOf()))
            {
                throw new AsnContentException("a signed attribute is there twice");
            }
        }

        outer.ThrowIfNotEmpty();
        return values;
    }

    private static void Write(AsnWriter writer, string oid, Action<AsnWriter> value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            using (writer.PushSetOf())
            {
                value(writer);
            }
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time < EndOfUtcTime)
        {
            writer.WriteUtcTime(time);
        }
        else
        {
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        }
    }

    private static DateTimeOffset? ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
