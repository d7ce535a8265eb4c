using System.Formats.Asn1;
using System.Globalization;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.X509;
using PublicKey = Rekey.Pki.Algorithms.PublicKey;

namespace Rekey.Pki.Cmp;

/// <summary>
/// A PKIMessage (RFC 4210 section 5.1) as it was received. What is verified is the octets that arrived, never a re-encoding of them.
/// </summary>
public sealed class CmpMessage
{
    /// <summary>Longest message that is parsed, in octets: a pair's request with chains fits ten times.</summary>
    public const int MaxLength = 128 * 1024;

    /// <summary>How far messageTime may be off (RFC 9483 section 3.5); the agent takes the server's clock.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private const int LeastNonce = 16; // RFC 9483 section 3.1

    private const string ImplicitConfirmOid = "1.3.6.1.5.5.7.4.13";

    private readonly ReadOnlyMemory<byte> bodyOctets;
    private readonly ReadOnlyMemory<byte> protectionAlgorithm;
    private readonly byte[] protectedPart;

    private CmpMessage(ReadOnlyMemory<byte> encoded)
    {
        Encoded = encoded;

        // BER, because OpenSSL and others may send indefinite lengths inside certificates; the slices below stay as received. Read
        // by hand and only as deep as every message needs: the library's object tree of a message costs more than its signature.
        var outer = new AsnReader(encoded, AsnEncodingRules.BER);
        var sequence = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var header = CmpHeaderFields.Read(sequence.PeekEncodedValue());
        var headerOctets = sequence.ReadEncodedValue();
        bodyOctets = sequence.PeekEncodedValue();
        var tag = sequence.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
        {
            throw new AsnContentException("the body has no tag of its own");
        }

        Type = (CmpBodyType)tag.TagValue;
        var body = sequence.ReadSequence(tag);
        BodyContent = body.ReadEncodedValue();
        body.ThrowIfNotEmpty();
        protectedPart = Sequence(headerOctets, bodyOctets);

        var protectionTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (sequence.HasData && sequence.PeekTag() == protectionTag)
        {
            Protection = Inside(sequence, protectionTag, WholeOctets);
        }

        var extraTag = new Asn1Tag(TagClass.ContextSpecific, 1, isConstructed: true);
        ExtraCertificates = sequence.HasData && sequence.PeekTag() == extraTag ? Inside(sequence, extraTag, Certificates) : [];
        sequence.ThrowIfNotEmpty();

        (Version, Sender, Recipient, Time) = (header.Version, header.Sender, header.Recipient, header.Time);
        (TransactionId, SenderNonce, RecipientNonce, SenderKeyId) = (header.TransactionId, header.SenderNonce, header.RecipientNonce, header.SenderKeyId);
        (ProtectionOid, protectionAlgorithm, GeneralInfo) = (header.ProtectionOid, header.ProtectionAlgorithm, header.GeneralInfo);
        ImplicitConfirm = GeneralInfo.Any(i => CmpHeaderFields.TypeOf(i) == ImplicitConfirmOid);
    }

    /// <summary>The octets received.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The body's alternative.</summary>
    public CmpBodyType Type { get; }

    /// <summary>Protocol version: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>transactionID, or null.</summary>
    public byte[]? TransactionId { get; }

    /// <summary>senderNonce, or null.</summary>
    public byte[]? SenderNonce { get; }

    /// <summary>recipNonce, or null.</summary>
    public byte[]? RecipientNonce { get; }

    /// <summary>senderKID: the reference number (MAC protection) or the subject key identifier (signature), or null.</summary>
    public byte[]? SenderKeyId { get; }

    /// <summary>messageTime, or null.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>DER of the sender's name, or null when it is no directory name.</summary>
    public byte[]? Sender { get; }

    /// <summary>DER of the recipient's name, or null when it is no directory name.</summary>
    public byte[]? Recipient { get; }

    /// <summary>Whether implicit confirmation is asked for (request) or granted (response).</summary>
    public bool ImplicitConfirm { get; }

    /// <summary>extraCerts, DER, in the order received; the protecting signer's comes first.</summary>
    public IReadOnlyList<byte[]> ExtraCertificates { get; }

    /// <summary>Object identifier of the protection algorithm, or null.</summary>
    public string? ProtectionOid { get; }

    /// <summary>Whether the message is protected at all.</summary>
    public bool IsProtected => Protection is not null && ProtectionOid is not null;

    /// <summary>The body as the library's tree, made anew each time; whoever reads it guards against what it throws.</summary>
    internal PkiBody Body => PkiBody.GetInstance(Asn1Object.FromByteArray(bodyOctets.ToArray()));

    /// <summary>The body without its tag, as received.</summary>
    internal ReadOnlyMemory<byte> BodyContent { get; }

    /// <summary>The body with its tag, as received.</summary>
    internal ReadOnlyMemory<byte> BodyOctets => bodyOctets;

    internal byte[]? Protection { get; }

    /// <summary>The protection algorithm with its parameters.</summary>
    /// <exception cref="CmpInvalidException">They cannot be read.</exception>
    internal AlgorithmIdentifier? ProtectionAlgorithm => protectionAlgorithm.IsEmpty
        ? null
        : CmpRequests.Read(() => AlgorithmIdentifier.GetInstance(Asn1Object.FromByteArray(protectionAlgorithm.ToArray())));

    /// <summary>generalInfo, each element as received.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> GeneralInfo { get; }

    /// <summary>Parses a message.</summary>
    /// <exception cref="CmpInvalidException">Not a PKIMessage, too long, or of a version or body that we do not speak.</exception>
    public static CmpMessage Parse(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.Length > MaxLength)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the message is too long");
        }

        CmpMessage parsed;
        try
        {
            parsed = new CmpMessage(encoded);
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or IOException or InvalidOperationException
            or FormatException or InvalidCastException or ArithmeticException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the message cannot be read", e);
        }

        if (!Enum.IsDefined(parsed.Type))
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, $"body type {(int)parsed.Type} is not supported");
        }

        return parsed.Version is 2 or 3
            ? parsed
            : throw new CmpInvalidException(CmpFailure.UnsupportedVersion, $"pvno {parsed.Version} is not supported");
    }

    /// <summary>Demands a transactionID and a senderNonce of usual lengths.</summary>
    /// <exception cref="CmpInvalidException">One of them is missing, too short or too long.</exception>
    public void RequireTransaction()
    {
        if (TransactionId is not { Length: >= 8 and <= 64 })
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "transactionID is missing or of an unusual length");
        }

        if (SenderNonce is not { Length: >= LeastNonce and <= 64 })
        {
            throw new CmpInvalidException(CmpFailure.BadSenderNonce, "senderNonce is missing or too short");
        }
    }

    /// <summary>Demands that messageTime, where there is one, is close to when the message arrived.</summary>
    /// <exception cref="CmpInvalidException">It is not.</exception>
    public void RequireTime(DateTimeOffset arrived)
    {
        if (Time is { } sent && (arrived - sent).Duration() > ClockTolerance)
        {
            throw new CmpInvalidException(CmpFailure.BadTime, "messageTime is too far off");
        }
    }

    /// <summary>Whether the protection is a signature by this key over what was received.</summary>
    public bool IsSignedBy(PublicKey key) =>
        IsProtected && key.Verify(ProtectionOid!, protectedPart, Protection);

    /// <summary>Whether the protection is a MAC under this secret (PasswordBasedMac or PBMAC1).</summary>
    public bool HasMacOf(ReadOnlySpan<byte> secret) =>
        IsProtected && CmpMac.Verify(ProtectionAlgorithm!, secret, protectedPart, Protection!);

    /// <summary>Whether the protection algorithm is a MAC.</summary>
    public bool IsMacProtected => ProtectionOid is CmpMac.PasswordBasedMacOid or CmpMac.Pbmac1Oid;

    /// <summary>The transactionID in hex for logs, or a dash.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Type} {(TransactionId is { } id ? Convert.ToHexStringLower(id) : "-")}");

    private static byte[] Sequence(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(first.Span);
            writer.WriteEncodedValue(second.Span);
        }

        return writer.Encode();
    }

    /// <summary>A BIT STRING of whole octets, as signatures and MACs are.</summary>
    /// <exception cref="AsnContentException">Not one.</exception>
    internal static byte[] WholeOctets(AsnReader reader)
    {
        var octets = reader.ReadBitString(out var unused);
        return unused == 0 ? octets : throw new AsnContentException("a signature is not whole octets");
    }

    private static T Inside<T>(AsnReader reader, Asn1Tag tag, Func<AsnReader, T> read)
    {
        var inner = reader.ReadSequence(tag);
        var value = read(inner);
        inner.ThrowIfNotEmpty();
        return value;
    }

    private static List<byte[]> Certificates(AsnReader reader)
    {
        var list = reader.ReadSequence();
        var certificates = new List<byte[]>();
        while (list.HasData)
        {
            var octets = list.PeekTag() == Asn1Tag.Sequence
                ? list.ReadEncodedValue()
                : throw new AsnContentException("extraCerts holds something that is no X.509 certificate");
            var indefinite = octets.Span[1] == 0x80;
            certificates.Add(indefinite ? Asn1Object.FromByteArray(octets.ToArray()).GetDerEncoded() : octets.ToArray());
        }

        return certificates;
    }
}
