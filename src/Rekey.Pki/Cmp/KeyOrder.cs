using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Cmp;

/// <summary>
/// What the CA orders from the key-management centre, in the protected header of a nested message around the holder's own message: one
/// encryption key. To whom it is wrapped is not said here; that stands in what the holder signed.
/// </summary>
/// <param name="OrderId">16 octets, as <see cref="IdOf"/> makes them.</param>
/// <param name="CertReqId">certReqId of the request for an encryption key in the holder's message.</param>
/// <param name="Kind">Kind of key by its name, for example <c>SM2</c>, <c>RSA-2048</c>, <c>P-256</c>.</param>
/// <param name="SubscriberId">The subscriber's stable identifier.</param>
/// <param name="DecidedAt">When it was decided that the subscriber gets the certificates, whole seconds, UTC.</param>
public sealed record KeyOrder(byte[] OrderId, int CertReqId, string Kind, string SubscriberId, DateTimeOffset DecidedAt)
{
    /// <summary>The order's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.310691558841322590123085867576092592171";

    /// <summary>Octets of an order's identifier.</summary>
    public const int OrderIdSize = 16;

    /// <summary>
    /// The order's identifier: that of the renewal and of the new signing key. The same key again is the same order; a key that took the place
    /// of one that was lost is another, with an encryption key of its own.
    /// </summary>
    /// <param name="renewalId">16 octets; empty for a first pair.</param>
    /// <param name="signingSpki">DER SubjectPublicKeyInfo of the new signing key.</param>
    public static byte[] IdOf(ReadOnlySpan<byte> renewalId, ReadOnlySpan<byte> signingSpki) =>
        SHA256.HashData([.. "rekey key order v1\0"u8, .. renewalId, .. SHA256.HashData(signingSpki)])[..OrderIdSize];

    /// <summary>Nests the holder's message, unchanged, into one that the CA protects.</summary>
    /// <param name="holder">The holder's message.</param>
    /// <param name="recipient">DER of the key-management centre's name.</param>
    /// <param name="ca">The CA's signer.</param>
    /// <param name="time">messageTime.</param>
    public byte[] Wrap(CmpMessage holder, byte[] recipient, CmpSigner ca, DateTimeOffset time) => CmpNesting.Wrap(holder, ToInfo(), recipient, ca, time);

    /// <summary>The order in a nested message.</summary>
    /// <exception cref="CmpInvalidException">There is none, or it cannot be read.</exception>
    public static KeyOrder Read(CmpMessage nested) =>
        nested.GeneralInfo.FirstOrDefault(i => CmpHeaderFields.TypeOf(i) == Oid) is { IsEmpty: false } info
            ? CmpRequests.Read(() => KmcMessages.ReadParts(info, Oid, Read))
            : throw new CmpInvalidException(CmpFailure.BadRequest, "the message orders no key");

    private static KeyOrder Read(AsnReader reader)
    {
        var order = new KeyOrder(
            reader.ReadOctetString(),
            reader.TryReadInt32(out var id) ? id : throw new AsnContentException("certReqId is out of range"),
            reader.ReadCharacterString(UniversalTagNumber.UTF8String),
            reader.ReadCharacterString(UniversalTagNumber.UTF8String),
            reader.ReadGeneralizedTime());
        return order.OrderId.Length == OrderIdSize ? order : throw new AsnContentException("the order's identifier has a wrong length");
    }

    private byte[] ToInfo() => KmcMessages.Info(Oid, writer =>
    {
        writer.WriteOctetString(OrderId);
        writer.WriteInteger(CertReqId);
        writer.WriteCharacterString(UniversalTagNumber.UTF8String, Kind);
        writer.WriteCharacterString(UniversalTagNumber.UTF8String, SubscriberId);
        writer.WriteGeneralizedTime(DecidedAt, omitFractionalSeconds: true);
    });
}
