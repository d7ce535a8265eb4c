using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.X509;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>A key that protects messages, with the certificates that let others verify it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Chain">DER certificates, the key's own first, then those above it; a root need not be in it.</param>
/// <param name="Sender">DER of the name that goes into the header: the first certificate's subject.</param>
/// <param name="KeyId">Its subject key identifier, or null.</param>
public sealed record CmpSigner(ISigningKey Key, IReadOnlyList<byte[]> Chain, byte[] Sender, byte[]? KeyId)
{
    /// <summary>Makes a signer from its key and its certificates.</summary>
    public static CmpSigner Of(ISigningKey key, params IReadOnlyList<byte[]> chain)
    {
        var certificate = X509CertificateStructure.GetInstance(chain[0]);
        var ski = certificate.Extensions?.GetExtensionParsedValue(X509Extensions.SubjectKeyIdentifier);
        return new(key, chain, certificate.Subject.GetDerEncoded(), ski is null ? null : SubjectKeyIdentifier.GetInstance(ski).GetKeyIdentifier());
    }
}

/// <summary>Header fields of a message to send.</summary>
/// <param name="Version">pvno; a response carries the request's.</param>
/// <param name="Recipient">DER of the recipient's name.</param>
/// <param name="TransactionId">transactionID.</param>
/// <param name="RecipientNonce">senderNonce of the message answered, or null in a first message.</param>
/// <param name="Time">messageTime; fractions of a second are cut.</param>
public sealed record CmpHeader(int Version, byte[] Recipient, byte[]? TransactionId, byte[]? RecipientNonce, DateTimeOffset Time)
{
    /// <summary>senderNonce: 128 random bits unless set (a test, or a pollRep that must repeat).</summary>
    public byte[] SenderNonce { get; init; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>Whether implicit confirmation is asked for or granted.</summary>
    public bool ImplicitConfirm { get; init; }

    /// <summary>When an unconfirmed certificate is taken back (id-it-confirmWaitTime), or null.</summary>
    public DateTimeOffset? ConfirmWaitTime { get; init; }

    /// <summary>DER InfoTypeAndValues beside those of the fields above.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> GeneralInfo { get; init; } = [];

    /// <summary>The header of an answer to <paramref name="request"/>; null when what is answered could not be read.</summary>
    public static CmpHeader Answering(CmpMessage? request, DateTimeOffset time) => request is null
        ? new(2, EmptyName, null, null, time)
        : new(request.Version, request.Sender ?? EmptyName, request.TransactionId, request.SenderNonce, time);

    /// <summary>An empty Name, for a sender that gave none.</summary>
    public static byte[] EmptyName { get; } = [0x30, 0x00];
}

/// <summary>Builds and protects messages.</summary>
public static class CmpBuilder
{
    private static readonly byte[] ImplicitConfirm = Info("1.3.6.1.5.5.7.4.13", w => w.WriteNull());

    /// <summary>A message protected by a signature; extraCerts carry the signer's chain and then <paramref name="more"/>.</summary>
    internal static byte[] Build(CmpHeader header, PkiBody body, CmpSigner signer, params IEnumerable<byte[]> more) =>
        Build(header, body.GetDerEncoded(), signer, more);

    /// <summary>A message protected by a signature.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="body">DER body with its tag.</param>
    /// <param name="signer">Who protects it.</param>
    /// <param name="more">Certificates for extraCerts behind the signer's.</param>
    internal static byte[] Build(CmpHeader header, ReadOnlyMemory<byte> body, CmpSigner signer, params IEnumerable<byte[]> more) =>
        Build(header, body, signer.Sender, signer.KeyId, SignatureIdentifiers.Of(signer.Key.PublicKey.Suite), signer.Key.Sign, signer.Chain.Concat(more));

    /// <summary>DER body: its tag around what <paramref name="content"/> writes.</summary>
    internal static byte[] Body(CmpBodyType type, Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence(Tag((int)type)))
        {
            content(writer);
        }

        return writer.Encode();
    }

    /// <summary>DER InfoTypeAndValue.</summary>
    internal static byte[] Info(string oid, Action<AsnWriter> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            value(writer);
        }

        return writer.Encode();
    }

    internal static Asn1Tag Tag(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    /// <summary>
    /// The same body under the RA's MAC: for a client that has nothing but the secret it shares with the RA. The parameters are of the
    /// family that the client itself used.
    /// </summary>
    public static byte[] ProtectAgainByMac(CmpMessage answer, CmpMessage request, ReadOnlySpan<byte> secret, DateTimeOffset time)
    {
        var header = CmpHeader.Answering(request, time) with
        {
            SenderNonce = answer.SenderNonce ?? RandomNumberGenerator.GetBytes(16),
            GeneralInfo = answer.GeneralInfo,
        };
        return AnswerByMac(header, answer.BodyOctets, request, secret, answer.ExtraCertificates);
    }

    /// <summary>An answer of the RA's own under the MAC of a client that knows no other key.</summary>
    /// <param name="body">DER body with its tag.</param>
    /// <param name="request">What it answers, protected by a MAC under the same secret.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="time">messageTime.</param>
    public static byte[] AnswerByMac(ReadOnlyMemory<byte> body, CmpMessage request, ReadOnlySpan<byte> secret, DateTimeOffset time) =>
        AnswerByMac(CmpHeader.Answering(request, time), body, request, secret, []);

    private static byte[] AnswerByMac(
        CmpHeader header, ReadOnlyMemory<byte> body, CmpMessage request, ReadOnlySpan<byte> secret, IEnumerable<byte[]> more)
    {
        var mac = CmpMac.Fresh(request.ProtectionAlgorithm!);
        // The client looks for the name that it addressed, and for the reference that names its secret.
        return Build(header, body, request.Recipient ?? CmpHeader.EmptyName, request.SenderKeyId ?? [], mac, secret.ToArray(), more);
    }

    /// <summary>A message protected by a MAC under a secret, which <paramref name="senderKeyId"/> names.</summary>
    internal static byte[] Build(
        CmpHeader header, ReadOnlyMemory<byte> body, byte[] sender, byte[] senderKeyId, AlgorithmIdentifier mac, byte[] secret, params IEnumerable<byte[]> more) =>
        Build(header, body, sender, senderKeyId, mac.GetDerEncoded(), data => CmpMac.Compute(mac, secret, data), more);

    private delegate byte[] Protector(ReadOnlySpan<byte> data);

    private static byte[] Build(
        CmpHeader fields, ReadOnlyMemory<byte> body, byte[] sender, byte[]? senderKeyId, ReadOnlyMemory<byte> algorithm, Protector protect, IEnumerable<byte[]> extra)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        WriteHeader(writer, fields, sender, senderKeyId, algorithm);
        var header = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(header);
            writer.WriteEncodedValue(body.Span);
        }

        var protection = protect(writer.Encode());
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(header);
            writer.WriteEncodedValue(body.Span);
            using (writer.PushSequence(Tag(0)))
            {
                writer.WriteBitString(protection);
            }

            WriteExtraCertificates(writer, extra);
        }

        return writer.Encode();
    }

    private static void WriteHeader(AsnWriter writer, CmpHeader fields, byte[] sender, byte[]? senderKeyId, ReadOnlyMemory<byte> algorithm)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(fields.Version);
            WriteExplicit(writer, 4, w => w.WriteEncodedValue(sender)); // GeneralName's directoryName
            WriteExplicit(writer, 4, w => w.WriteEncodedValue(fields.Recipient));
            // Fractions are legal DER, but not every peer reads them.
            WriteExplicit(writer, 0, w => w.WriteGeneralizedTime(fields.Time.ToUniversalTime(), omitFractionalSeconds: true));
            WriteExplicit(writer, 1, w => w.WriteEncodedValue(algorithm.Span));
            WriteOctets(writer, 2, senderKeyId);
            WriteOctets(writer, 4, fields.TransactionId);
            WriteOctets(writer, 5, fields.SenderNonce);
            WriteOctets(writer, 6, fields.RecipientNonce);
            var info = fields.GeneralInfo.ToList();
            if (fields.ImplicitConfirm)
            {
                info.Add(ImplicitConfirm);
            }

            if (fields.ConfirmWaitTime is { } until)
            {
                info.Add(Info("1.3.6.1.5.5.7.4.14", w => w.WriteGeneralizedTime(until.ToUniversalTime(), omitFractionalSeconds: true)));
            }

            if (info.Count > 0)
            {
                WriteExplicit(writer, 8, w =>
                {
                    using (w.PushSequence())
                    {
                        info.ForEach(i => w.WriteEncodedValue(i.Span));
                    }
                });
            }
        }
    }

    private static void WriteExplicit(AsnWriter writer, int tag, Action<AsnWriter> value)
    {
        using (writer.PushSequence(Tag(tag)))
        {
            value(writer);
        }
    }

    private static void WriteOctets(AsnWriter writer, int tag, byte[]? octets)
    {
        if (octets is not null)
        {
            WriteExplicit(writer, tag, w => w.WriteOctetString(octets));
        }
    }

    private static void WriteExtraCertificates(AsnWriter writer, IEnumerable<byte[]> certificates)
    {
        var distinct = new List<byte[]>();
        foreach (var certificate in certificates)
        {
            if (!distinct.Exists(d => d.AsSpan().SequenceEqual(certificate)))
            {
                distinct.Add(certificate);
            }
        }

        if (distinct.Count == 0)
        {
            return;
        }

        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
        using (writer.PushSequence())
        {
            foreach (var certificate in distinct)
            {
                writer.WriteEncodedValue(certificate);
            }
        }
    }
}
