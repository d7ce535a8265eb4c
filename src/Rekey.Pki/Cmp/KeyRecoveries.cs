using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Cmp;

/// <summary>
/// The CA's question which former keys were recovered, as a general message to the key-management centre, which connects to nobody itself.
/// It says at once which answers have been passed on, so that each recovery is told until somebody is known to tell the holder.
/// </summary>
/// <param name="Heard">Orders (16 octets each) that need not be told again.</param>
public sealed record RecoveriesQuestion(IReadOnlyList<byte[]> Heard)
{
    /// <summary>The question's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.862058151259675449297143801410684566";

    /// <summary>The question as a genm that the CA protects.</summary>
    /// <param name="header">Header of a first message, with a transactionID.</param>
    /// <param name="ca">The CA's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner ca) => KmcMessages.General(CmpBodyType.GeneralMessage, header, ca, Oid, writer =>
        KmcMessages.WriteAll(writer, Heard, (w, order) => w.WriteOctetString(order)));

    /// <summary>The question in a genm; null when the message asks or tells something else.</summary>
    /// <exception cref="CmpInvalidException">It cannot be read.</exception>
    public static RecoveriesQuestion? TryRead(CmpMessage message) => KmcMessages.TryRead(message, Oid, reader =>
    {
        var heard = KmcMessages.ReadAll(reader, r => r.ReadOctetString());
        return heard.TrueForAll(o => o.Length == KeyOrder.OrderIdSize) ? new RecoveriesQuestion(heard) : throw new AsnContentException("an order's identifier has a wrong length");
    });
}

/// <summary>A recovery as the key-management centre tells of it.</summary>
/// <param name="OrderId">The order of recovery: 16 octets.</param>
/// <param name="SubscriberId">Whose key: the stable identifier.</param>
/// <param name="SpkiSha256">SHA-256 of the key's SubjectPublicKeyInfo, by which the CA finds the certificate.</param>
/// <param name="At">When, whole seconds, UTC.</param>
public sealed record KeyRecovery(byte[] OrderId, string SubscriberId, byte[] SpkiSha256, DateTimeOffset At);

/// <summary>The key-management centre's answer: recoveries that nobody has said to have heard of, the oldest first.</summary>
/// <param name="Recoveries">At most <see cref="Most"/>.</param>
public sealed record RecoveriesAnswer(IReadOnlyList<KeyRecovery> Recoveries)
{
    /// <summary>Recoveries in one answer.</summary>
    public const int Most = 100;

    /// <summary>The answer's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.322701850138215281152720991104597246185";

    /// <summary>The answer as a genp that the centre protects.</summary>
    /// <param name="header">Header of the answer.</param>
    /// <param name="kmc">The centre's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner kmc) => KmcMessages.General(CmpBodyType.GeneralResponse, header, kmc, Oid, writer =>
        KmcMessages.WriteAll(writer, Recoveries, Write));

    /// <summary>Reads the centre's answer.</summary>
    /// <param name="answer">A genp, or an error message.</param>
    /// <param name="kmc">The centre.</param>
    /// <param name="question">What the CA sent: the answer must belong to it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    public static RecoveriesAnswer Read(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now) => KmcMessages.ReadAnswer(answer, kmc, question, now, Oid, reader =>
    {
        var recoveries = KmcMessages.ReadAll(reader, r => Read(r.ReadSequence()));
        return recoveries.Count <= Most ? new RecoveriesAnswer(recoveries) : throw new AsnContentException("the answer is longer than it may be");
    });

    private static void Write(AsnWriter writer, KeyRecovery recovery)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(recovery.OrderId);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, recovery.SubscriberId);
            writer.WriteOctetString(recovery.SpkiSha256);
            writer.WriteGeneralizedTime(recovery.At, omitFractionalSeconds: true);
        }
    }

    private static KeyRecovery Read(AsnReader reader)
    {
        var recovery = new KeyRecovery(
            reader.ReadOctetString(), reader.ReadCharacterString(UniversalTagNumber.UTF8String), reader.ReadOctetString(), reader.ReadGeneralizedTime());
        reader.ThrowIfNotEmpty();
        return recovery.OrderId.Length == KeyOrder.OrderIdSize && recovery.SpkiSha256.Length == SHA256.HashSizeInBytes
            ? recovery : throw new AsnContentException("an identifier of the recovery has a wrong length");
    }
}
