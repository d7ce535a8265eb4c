using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>An encryption key as the key-management centre hands it out, in a general response that it protects.</summary>
/// <param name="OrderId">For which order: 16 octets.</param>
/// <param name="CertReqId">certReqId of the request for the encryption key.</param>
/// <param name="Spki">DER SubjectPublicKeyInfo of the encryption key: what the CA certifies.</param>
/// <param name="Envelope">The private key; only the holder's token can open it.</param>
/// <param name="HandOuts">To how many transport keys this key has been wrapped so far, this one included.</param>
public sealed record HandedOutKey(byte[] OrderId, int CertReqId, byte[] Spki, KeyEnvelope Envelope, int HandOuts)
{
    /// <summary>The object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.281185541716481734338965708928027773144";

    /// <summary>The key as a genp that the key-management centre protects.</summary>
    /// <param name="header">Header of the answer.</param>
    /// <param name="kmc">The centre's signer.</param>
    public byte[] ToMessage(CmpHeader header, CmpSigner kmc) => KmcMessages.General(CmpBodyType.GeneralResponse, header, kmc, Oid, writer =>
    {
        writer.WriteOctetString(OrderId);
        writer.WriteInteger(CertReqId);
        writer.WriteEncodedValue(Spki);
        writer.WriteEnumeratedValue(Envelope.Form);
        writer.WriteOctetString(Envelope.Der);
        writer.WriteInteger(HandOuts);
    });

    /// <summary>The key in the centre's answer.</summary>
    /// <param name="answer">A genp, or an error message.</param>
    /// <param name="kmc">The centre.</param>
    /// <param name="question">What the CA sent: the answer must belong to it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    public static HandedOutKey Read(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now) => KmcMessages.ReadAnswer(answer, kmc, question, now, Oid, reader =>
    {
        var key = new HandedOutKey(
            reader.ReadOctetString(),
            reader.TryReadInt32(out var id) ? id : throw new AsnContentException("certReqId is out of range"),
            reader.ReadEncodedValue().ToArray(),
            new(reader.ReadEnumeratedValue<KeyEnvelopeForm>(), reader.ReadOctetString()),
            reader.TryReadInt32(out var handOuts) ? handOuts : throw new AsnContentException("the count is out of range"));
        return Enum.IsDefined(key.Envelope.Form) ? key : throw new AsnContentException("the envelope is of an unknown kind");
    });
}
