using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>What became of an order.</summary>
public enum KeyOrderEnd
{
    /// <summary>The holder has confirmed the certificates: the key is in use, and nothing of this order is handed out any more.</summary>
    Confirmed = 1,

    /// <summary>The certificates were rejected, or ended unconfirmed: the key was never used.</summary>
    Ended = 2,

    /// <summary>
    /// The holder had confirmed the certificates, and they are revoked now, for good: the key is a former one. Says what
    /// <see cref="Confirmed"/> says too, for a centre that has not heard it.
    /// </summary>
    Revoked = 3,
}

/// <summary>What the CA tells the key-management centre about an order, as a general message. Telling it twice is fine.</summary>
/// <param name="OrderId">Which order: 16 octets.</param>
/// <param name="CertReqId">certReqId of the request for the encryption key.</param>
/// <param name="End">What happened.</param>
public sealed record KeyNotice(byte[] OrderId, int CertReqId, KeyOrderEnd End)
{
    /// <summary>The notice's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.23662905195806281892340107974399959361";

    /// <summary>The notice as a genm that the CA protects; it is answered by pkiConf.</summary>
    /// <param name="header">Header of a first message, with a transactionID.</param>
    /// <param name="ca">The CA's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner ca) => KmcMessages.General(CmpBodyType.GeneralMessage, header, ca, Oid, writer =>
    {
        writer.WriteOctetString(OrderId);
        writer.WriteInteger(CertReqId);
        writer.WriteEnumeratedValue(End);
    });

    /// <summary>The notice in a genm.</summary>
    /// <exception cref="CmpInvalidException">It is something else, or cannot be read.</exception>
    public static KeyNotice Read(CmpMessage message) => CmpRequests.Read(() => KmcMessages.ReadParts(KmcMessages.OnlyInfo(message, CmpBodyType.GeneralMessage), Oid, reader =>
    {
        var notice = new KeyNotice(
            reader.ReadOctetString(),
            reader.TryReadInt32(out var id) ? id : throw new AsnContentException("certReqId is out of range"),
            reader.ReadEnumeratedValue<KeyOrderEnd>());
        return notice.OrderId.Length == KeyOrder.OrderIdSize && Enum.IsDefined(notice.End)
            ? notice : throw new AsnContentException("the notice has a part that is not known");
    }));
}
