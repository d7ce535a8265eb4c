using System.Formats.Asn1;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Sm2Messages;

/// <summary>
/// What all messages of GM/T 0010-2012 (GB/T 35275-2017) have in common. It is the syntax of PKCS#7 (RFC 2315) with object identifiers of its own:
/// versions are 1, and certificates are named by issuer and serial number.
/// </summary>
internal static class MessageSyntax
{
    public const string Data = "1.2.156.10197.6.1.4.2.1";
    public const string SignedData = "1.2.156.10197.6.1.4.2.2";
    public const string EnvelopedData = "1.2.156.10197.6.1.4.2.3";
    public const int Version = 1;

    /// <summary>SM2-1, the signature (GM/T 0006-2012), which clause 6.4 asks for.</summary>
    public const string Sm2Sign = "1.2.156.10197.1.301.1";

    /// <summary>SM2-3, the encryption (GM/T 0006-2012), which clause 6.8 asks for.</summary>
    public const string Sm2Encrypt = "1.2.156.10197.1.301.3";

    public static readonly Asn1Tag Tag0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    public static readonly Asn1Tag Tag1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    private static readonly AsnReaderOptions Unsorted = new() { SkipSetSortOrderVerification = true };

    /// <summary>ContentInfo (clause 6.10) around something.</summary>
    public static byte[] Write(string contentType, Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(contentType);
            using (writer.PushSequence(Tag0))
            using (writer.PushSequence())
            {
                content(writer);
            }
        }

        return writer.Encode();
    }

    /// <summary>
    /// Reads a ContentInfo. Other programs stream such messages, with indefinite lengths, and do not sort sets; so BER is read. What was signed is
    /// taken as it came.
    /// </summary>
    /// <exception cref="Sm2MessageException">Another content type, or not such a structure.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> message, string contentType, Func<AsnReader, T> content)
    {
        try
        {
            var outer = new AsnReader(message, AsnEncodingRules.BER, Unsorted);
            var info = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (info.ReadObjectIdentifier() is var type && type != contentType)
            {
                throw new Sm2MessageException(Sm2MessageFault.WrongContentType, $"the message's content type is {type}, not {contentType}");
            }

            var explicitly = info.ReadSequence(Tag0);
            info.ThrowIfNotEmpty();
            var body = explicitly.ReadSequence();
            explicitly.ThrowIfNotEmpty();
            var value = content(body);
            body.ThrowIfNotEmpty();
            return value;
        }
        catch (Exception e) when (e is AsnContentException or MalformedException)
        {
            throw new Sm2MessageException(Sm2MessageFault.Malformed, "the message cannot be read", e);
        }
    }

    public static void DemandVersion(AsnReader reader, int least, int most)
    {
        if (!reader.TryReadInt32(out var version) || version < least || version > most)
        {
            throw new AsnContentException("a version that is not known");
        }
    }

    /// <summary>AlgorithmIdentifier without parameters, as SM2's and SM3's are in certificates.</summary>
    public static void WriteAlgorithm(AsnWriter writer, string oid)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
        }
    }

    /// <summary>Reads an AlgorithmIdentifier whose parameters are absent or NULL: programs differ.</summary>
    public static string ReadAlgorithm(AsnReader reader)
    {
        var algorithm = reader.ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        if (algorithm.HasData)
        {
            algorithm.ReadNull();
            algorithm.ThrowIfNotEmpty();
        }

        return oid;
    }

    /// <exception cref="Sm2MessageException">Another algorithm.</exception>
    public static void DemandAlgorithm(string oid, params ReadOnlySpan<string> known)
    {
        if (!known.Contains(oid))
        {
            throw new Sm2MessageException(Sm2MessageFault.UnsupportedAlgorithm, $"the message uses {oid}, which is not used here");
        }
    }

    /// <summary>The type of what is signed or enveloped (clause 7). Nothing but plain data is: a message inside is data as well.</summary>
    /// <exception cref="Sm2MessageException">Another type.</exception>
    public static void DemandData(string contentType)
    {
        if (contentType != Data)
        {
            throw new Sm2MessageException(Sm2MessageFault.WrongContentType, $"the message is around {contentType}, which is not plain data");
        }
    }

    /// <summary>IssuerAndSerialNumber (clause 6.7).</summary>
    public static void WriteName(AsnWriter writer, Certificate certificate)
    {
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(certificate.Issuer.Encoded.Span);
            writer.WriteInteger(certificate.Serial.Span);
        }
    }
}

/// <summary>How a message names a certificate: by issuer and serial number, or by its subjectKeyIdentifier, as some programs do for recipients.</summary>
internal sealed record CertificateName(ReadOnlyMemory<byte> Issuer, ReadOnlyMemory<byte> Serial, byte[]? KeyIdentifier)
{
    private static readonly Asn1Tag KeyIdentifierTag = new(TagClass.ContextSpecific, 0);

    public static CertificateName Read(AsnReader reader)
    {
        if (reader.PeekTag().HasSameClassAndValue(KeyIdentifierTag))
        {
            return new(default, default, reader.ReadOctetString(KeyIdentifierTag));
        }

        var name = reader.ReadSequence();
        var read = new CertificateName(name.ReadEncodedValue(), name.ReadIntegerBytes(), null);
        name.ThrowIfNotEmpty();
        return read;
    }

    public bool Names(Certificate certificate) => KeyIdentifier is not null
        ? certificate.SubjectKeyIdentifier is { } own && own.AsSpan().SequenceEqual(KeyIdentifier)
        : certificate.Issuer.Encoded.Span.SequenceEqual(Issuer.Span) && certificate.Serial.Span.SequenceEqual(Serial.Span);
}
