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

    private readonly PkiHeader header;
    private readonly byte[] protectedPart;

    private CmpMessage(ReadOnlyMemory<byte> encoded, PkiMessage message, byte[] protectedPart, ReadOnlyMemory<byte> bodyContent)
    {
        Encoded = encoded;
        header = message.Header;
        Body = message.Body;
        this.protectedPart = protectedPart;
        BodyContent = bodyContent;
        Type = (CmpBodyType)message.Body.Type;
        Protection = message.Protection?.GetOctets();
        ExtraCertificates = [.. (message.GetExtraCerts() ?? []).Select(c => c.X509v3PKCert?.GetDerEncoded()
            ?? throw new CmpInvalidException(CmpFailure.BadDataFormat, "extraCerts holds something that is no X.509 certificate"))];
        ImplicitConfirm = GeneralInfo.Any(i => i.InfoType.Equals(CmpObjectIdentifiers.it_implicitConfirm));
    }

    /// <summary>The octets received.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The body's alternative.</summary>
    public CmpBodyType Type { get; }

    /// <summary>Protocol version: 2 or 3.</summary>
    public int Version => header.Pvno.IntValueExact;

    /// <summary>transactionID, or null.</summary>
    public byte[]? TransactionId => header.TransactionID?.GetOctets();

    /// <summary>senderNonce, or null.</summary>
    public byte[]? SenderNonce => header.SenderNonce?.GetOctets();

    /// <summary>recipNonce, or null.</summary>
    public byte[]? RecipientNonce => header.RecipNonce?.GetOctets();

    /// <summary>senderKID: the reference number (MAC protection) or the subject key identifier (signature), or null.</summary>
    public byte[]? SenderKeyId => header.SenderKID?.GetOctets();

    /// <summary>messageTime, or null.</summary>
    public DateTimeOffset? Time => header.MessageTime is { } t
        ? new DateTimeOffset(DateTime.SpecifyKind(t.ToDateTime(), DateTimeKind.Utc)) : null;

    /// <summary>DER of the sender's name, or null when it is no directory name.</summary>
    public byte[]? Sender => DirectoryName(header.Sender);

    /// <summary>DER of the recipient's name, or null when it is no directory name.</summary>
    public byte[]? Recipient => DirectoryName(header.Recipient);

    /// <summary>Whether implicit confirmation is asked for (request) or granted (response).</summary>
    public bool ImplicitConfirm { get; }

    /// <summary>extraCerts, DER, in the order received; the protecting signer's comes first.</summary>
    public IReadOnlyList<byte[]> ExtraCertificates { get; }

    /// <summary>Object identifier of the protection algorithm, or null.</summary>
    public string? ProtectionOid => header.ProtectionAlg?.Algorithm.Id;

    /// <summary>Whether the message is protected at all.</summary>
    public bool IsProtected => Protection is not null && header.ProtectionAlg is not null;

    internal PkiBody Body { get; }

    /// <summary>The body without its tag, as received.</summary>
    internal ReadOnlyMemory<byte> BodyContent { get; }

    internal byte[]? Protection { get; }

    internal AlgorithmIdentifier? ProtectionAlgorithm => header.ProtectionAlg;

    internal InfoTypeAndValue[] GeneralInfo => header.GetGeneralInfo() ?? [];

    /// <summary>Parses a message.</summary>
    /// <exception cref="CmpInvalidException">Not a PKIMessage, too long, or of a version or body that we do not speak.</exception>
    public static CmpMessage Parse(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.Length > MaxLength)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the message is too long");
        }

        try
        {
            // BER, because OpenSSL and others may send indefinite lengths inside certificates; the slices below stay as received.
            var outer = new AsnReader(encoded, AsnEncodingRules.BER);
            var sequence = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var headerOctets = sequence.ReadEncodedValue();
            var bodyOctets = sequence.PeekEncodedValue();
            var body = sequence.ReadSequence(sequence.PeekTag());
            var content = body.ReadEncodedValue();
            var message = PkiMessage.GetInstance(Asn1Object.FromByteArray(encoded.ToArray()));
            var parsed = new CmpMessage(encoded, message, Sequence(headerOctets, bodyOctets), content);
            if (!Enum.IsDefined(parsed.Type))
            {
                throw new CmpInvalidException(CmpFailure.BadRequest, $"body type {message.Body.Type} is not supported");
            }

            if (parsed.Version is not (2 or 3))
            {
                throw new CmpInvalidException(CmpFailure.UnsupportedVersion, $"pvno {parsed.Version} is not supported");
            }

            _ = parsed.Time;
            return parsed;
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or IOException or InvalidOperationException
            or FormatException or InvalidCastException or ArithmeticException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the message cannot be read", e);
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

    private static byte[]? DirectoryName(GeneralName name) =>
        name.TagNo == GeneralName.DirectoryName ? name.Name.ToAsn1Object().GetDerEncoded() : null;
}
