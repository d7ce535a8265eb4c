using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>The CA's question which of its orders the key-management centre has open, as a general message.</summary>
/// <param name="DecidedBefore">Only orders whose decision is older; whole seconds, UTC.</param>
/// <param name="After">Only those behind this place of the centre's list; 0 from its beginning.</param>
public sealed record OpenOrdersQuestion(DateTimeOffset DecidedBefore, long After)
{
    /// <summary>The question's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.68971323980063501108054462240211305846";

    /// <summary>The question as a genm that the CA protects; it is answered by <see cref="OpenOrders"/>.</summary>
    /// <param name="header">Header of a first message, with a transactionID.</param>
    /// <param name="ca">The CA's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner ca) => KmcMessages.General(CmpBodyType.GeneralMessage, header, ca, Oid, writer =>
    {
        writer.WriteGeneralizedTime(DecidedBefore, omitFractionalSeconds: true);
        writer.WriteInteger(After);
    });

    /// <summary>The question in a genm; null when it is about something else.</summary>
    /// <exception cref="CmpInvalidException">It cannot be read.</exception>
    public static OpenOrdersQuestion? TryRead(CmpMessage message) => KmcMessages.TryRead(message, Oid, reader =>
        new OpenOrdersQuestion(reader.ReadGeneralizedTime(), reader.TryReadInt64(out var after) ? after : throw new AsnContentException("the place is out of range")));
}

/// <summary>An order that is open.</summary>
/// <param name="OrderId">Which order: 16 octets.</param>
/// <param name="CertReqId">certReqId of the request for the encryption key.</param>
public sealed record OpenOrder(byte[] OrderId, int CertReqId);

/// <summary>A portion of the open orders, in a general response that the key-management centre protects.</summary>
/// <param name="Orders">The orders, oldest first.</param>
/// <param name="Next">Where the next portion begins; null when there is none.</param>
public sealed record OpenOrders(IReadOnlyList<OpenOrder> Orders, long? Next)
{
    /// <summary>The object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.30489646384882478764719616542573077461";

    /// <summary>The orders as a genp.</summary>
    /// <param name="header">Header of the answer.</param>
    /// <param name="kmc">The centre's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner kmc) => KmcMessages.General(CmpBodyType.GeneralResponse, header, kmc, Oid, writer =>
    {
        KmcMessages.WriteAll(writer, Orders, Write);
        if (Next is { } next)
        {
            writer.WriteInteger(next);
        }
    });

    /// <summary>The orders in the centre's answer.</summary>
    /// <param name="answer">A genp, or an error message.</param>
    /// <param name="kmc">The centre.</param>
    /// <param name="question">What the CA sent: the answer must belong to it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    public static OpenOrders Read(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now) => KmcMessages.ReadAnswer(answer, kmc, question, now, Oid, reader =>
        new OpenOrders(
            KmcMessages.ReadAll(reader, r => ReadOrder(r.ReadSequence())),
            !reader.HasData ? null : reader.TryReadInt64(out var place) ? place : throw new AsnContentException("the place is out of range")));

    private static void Write(AsnWriter writer, OpenOrder order)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(order.OrderId);
            writer.WriteInteger(order.CertReqId);
        }
    }

    private static OpenOrder ReadOrder(AsnReader reader)
    {
        var order = new OpenOrder(reader.ReadOctetString(), reader.TryReadInt32(out var id) ? id : throw new AsnContentException("certReqId is out of range"));
        reader.ThrowIfNotEmpty();
        return order.OrderId.Length == KeyOrder.OrderIdSize ? order : throw new AsnContentException("the order's identifier has a wrong length");
    }
}
