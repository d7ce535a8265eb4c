using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>The fields of a received PKIHeader (RFC 4210 section 5.1.1) that we look at.</summary>
internal sealed record CmpHeaderFields
{
    public required int Version { get; init; }

    public byte[]? Sender { get; private set; }

    public byte[]? Recipient { get; private set; }

    public DateTimeOffset? Time { get; private set; }

    public string? ProtectionOid { get; private set; }

    public ReadOnlyMemory<byte> ProtectionAlgorithm { get; private set; }

    public byte[]? SenderKeyId { get; private set; }

    public byte[]? TransactionId { get; private set; }

    public byte[]? SenderNonce { get; private set; }

    public byte[]? RecipientNonce { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> GeneralInfo { get; private set; } = [];

    /// <summary>Reads a header.</summary>
    /// <exception cref="AsnContentException">Not one.</exception>
    public static CmpHeaderFields Read(ReadOnlyMemory<byte> encoded)
    {
        var header = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
        var fields = new CmpHeaderFields
        {
            Version = header.TryReadInt32(out var version) ? version : throw new AsnContentException("pvno is out of range"),
        };
        fields.Sender = DirectoryName(header);
        fields.Recipient = DirectoryName(header);
        var last = -1;
        while (header.HasData)
        {
            var tag = header.PeekTag();
            if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue <= last || tag.TagValue > 8)
            {
                throw new AsnContentException("the header has an unknown field");
            }

            last = tag.TagValue;
            var value = header.ReadSequence(tag);
            fields.Take(last, value);
            value.ThrowIfNotEmpty();
        }

        return fields;
    }

    /// <summary>infoType of an InfoTypeAndValue.</summary>
    public static string TypeOf(ReadOnlyMemory<byte> info) => new AsnReader(info, AsnEncodingRules.BER).ReadSequence().ReadObjectIdentifier();

    private void Take(int tag, AsnReader value)
    {
        switch (tag)
        {
            case 0:
                Time = value.ReadGeneralizedTime();
                break;
            case 1:
                ProtectionAlgorithm = value.ReadEncodedValue();
                ProtectionOid = TypeOf(ProtectionAlgorithm);
                break;
            case 2:
                SenderKeyId = value.ReadOctetString();
                break;
            case 4:
                TransactionId = value.ReadOctetString();
                break;
            case 5:
                SenderNonce = value.ReadOctetString();
                break;
            case 6:
                RecipientNonce = value.ReadOctetString();
                break;
            case 8:
                GeneralInfo = Elements(value.ReadSequence());
                break;
            default:
                value.ReadEncodedValue(); // recipKID, freeText
                break;
        }
    }

    private static List<ReadOnlyMemory<byte>> Elements(AsnReader list)
    {
        var elements = new List<ReadOnlyMemory<byte>>();
        while (list.HasData)
        {
            var element = list.ReadEncodedValue();
            _ = TypeOf(element);
            elements.Add(element);
        }

        return elements;
    }

    private static byte[]? DirectoryName(AsnReader header)
    {
        var tag = header.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
        {
            throw new AsnContentException("a name in the header is no GeneralName");
        }

        if (tag.TagValue != 4)
        {
            header.ReadEncodedValue();
            return null;
        }

        var name = header.ReadSequence(tag);
        var encoded = name.PeekEncodedValue().ToArray();
        _ = name.ReadSequence();
        name.ThrowIfNotEmpty();
        return encoded;
    }
}
