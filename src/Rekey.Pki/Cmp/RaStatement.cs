using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>
/// What the RA states about the message that it passes on, inside the nested message's protected header, so that the CA knows who the
/// holder is by the RA's records and what the RA decided.
/// </summary>
/// <param name="RenewalId">The renewal's or download's id (16 octets), or empty for an enrolment.</param>
/// <param name="SubscriberId">The subscriber's stable identifier.</param>
/// <param name="Profile">Name of the certificate profile.</param>
/// <param name="Subject">DER of the subject that the certificate gets: the holder's current data.</param>
/// <param name="DecidedAt">When the RA decided, whole seconds: eligibility is decided once and holds until the renewal ends.</param>
/// <param name="IdentityVerifiedByMac">The RA verified a MAC that only it can verify; the CA then relies on the RA for who asks.</param>
public sealed record RaStatement(
    byte[] RenewalId, string SubscriberId, string Profile, byte[] Subject, DateTimeOffset DecidedAt, bool IdentityVerifiedByMac)
{
    /// <summary>The statement's object identifier, from a random UUID (ITU-T X.667).</summary>
    public const string Oid = "2.25.1771500714900237795761268606421361655";

    /// <summary>Octets of the id of a renewal or download.</summary>
    public const int ActIdLength = 16;

    /// <summary>
    /// When the RA received the message, whole seconds, if it did not pass it on at once because a person had to approve it. The RA then
    /// judged the messageTime. Null for everything else; it counts for a MAC only, which the CA cannot verify anyway.
    /// </summary>
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>The download authorisation that the request uses; null for everything else.</summary>
    public AuthorisationEvidence? Authorisation { get; init; }

    internal byte[] ToInfo() => CmpBuilder.Info(Oid, writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteOctetString(RenewalId);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, SubscriberId);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, Profile);
            writer.WriteEncodedValue(Subject);
            writer.WriteGeneralizedTime(DecidedAt, omitFractionalSeconds: true);
            writer.WriteBoolean(IdentityVerifiedByMac);
            if (ReceivedAt is { } received)
            {
                writer.WriteGeneralizedTime(received, omitFractionalSeconds: true);
            }

            Authorisation?.Write(writer);
        }
    });

    internal static RaStatement? From(IEnumerable<ReadOnlyMemory<byte>> info)
    {
        var found = info.FirstOrDefault(i => CmpHeaderFields.TypeOf(i) == Oid);
        return found.IsEmpty ? null : CmpRequests.Read(() =>
        {
            var pair = new AsnReader(found, AsnEncodingRules.DER).ReadSequence();
            pair.ReadObjectIdentifier();
            var reader = pair.ReadSequence();
            pair.ThrowIfNotEmpty();
            if (!reader.TryReadInt32(out var version) || version != 1)
            {
                throw new CmpInvalidException(CmpFailure.BadDataFormat, "the RA's statement is of an unknown version");
            }

            var statement = new RaStatement(
                reader.ReadOctetString(),
                reader.ReadCharacterString(UniversalTagNumber.UTF8String),
                reader.ReadCharacterString(UniversalTagNumber.UTF8String),
                reader.ReadEncodedValue().ToArray(),
                reader.ReadGeneralizedTime(),
                reader.ReadBoolean())
            {
                ReceivedAt = reader.HasData && reader.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime) ? reader.ReadGeneralizedTime() : null,
                Authorisation = AuthorisationEvidence.ReadOptional(reader),
            };
            reader.ThrowIfNotEmpty();
            return statement;
        });
    }
}

/// <summary>Nested messages between RA and CA (RFC 9483 section 5.2.2).</summary>
public static class CmpNesting
{
    /// <summary>Wraps a holder's message, unchanged, into one protected by the RA.</summary>
    /// <param name="inner">The holder's message.</param>
    /// <param name="statement">What the RA decided, or null for a message that needs no decision (certConf, pollReq).</param>
    /// <param name="recipient">DER of the CA's name.</param>
    /// <param name="ra">The RA's signer.</param>
    /// <param name="time">messageTime.</param>
    public static byte[] Wrap(CmpMessage inner, RaStatement? statement, byte[] recipient, CmpSigner ra, DateTimeOffset time) =>
        Wrap(inner, statement?.ToInfo(), recipient, ra, time);

    /// <summary>Wraps a message, unchanged, into one of the same transaction.</summary>
    /// <param name="inner">The message.</param>
    /// <param name="info">DER InfoTypeAndValue for the outer header, or null.</param>
    /// <param name="recipient">DER of the recipient's name.</param>
    /// <param name="signer">Who protects the outer message.</param>
    /// <param name="time">messageTime.</param>
    internal static byte[] Wrap(CmpMessage inner, byte[]? info, byte[] recipient, CmpSigner signer, DateTimeOffset time)
    {
        var header = new CmpHeader(inner.Version, recipient, inner.TransactionId, null, time) { GeneralInfo = info is null ? [] : [info] };
        var body = CmpBuilder.Body(CmpBodyType.Nested, w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(inner.Encoded.Span);
            }
        });
        return CmpBuilder.Build(header, body, signer);
    }

    /// <summary>The RA's statement in a nested message, or null.</summary>
    public static RaStatement? Statement(CmpMessage nested) => RaStatement.From(nested.GeneralInfo);
}
