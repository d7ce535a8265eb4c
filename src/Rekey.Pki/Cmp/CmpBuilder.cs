using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.X509;
using Rekey.Pki.Algorithms;

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

    internal InfoTypeAndValue[] GeneralInfo { get; init; } = [];

    /// <summary>The header of an answer to <paramref name="request"/>.</summary>
    public static CmpHeader Answering(CmpMessage request, DateTimeOffset time) =>
        new(request.Version, request.Sender ?? EmptyName, request.TransactionId, request.SenderNonce, time);

    /// <summary>An empty Name, for a sender that gave none.</summary>
    public static byte[] EmptyName { get; } = [0x30, 0x00];
}

/// <summary>Builds and protects messages.</summary>
public static class CmpBuilder
{
    /// <summary>A message protected by a signature; extraCerts carry the signer's chain and then <paramref name="more"/>.</summary>
    internal static byte[] Build(CmpHeader header, PkiBody body, CmpSigner signer, params IEnumerable<byte[]> more)
    {
        var suite = signer.Key.PublicKey.Suite;
        var algorithm = suite.Family == KeyFamily.Rsa
            ? new AlgorithmIdentifier(new DerObjectIdentifier(suite.SignatureOid), DerNull.Instance)
            : new AlgorithmIdentifier(new DerObjectIdentifier(suite.SignatureOid));
        return Build(header, body, signer.Sender, signer.KeyId, algorithm, signer.Key.Sign, signer.Chain.Concat(more));
    }

    /// <summary>A message protected by a MAC.</summary>
    internal static byte[] Build(
        CmpHeader header, PkiBody body, byte[] sender, byte[] reference, AlgorithmIdentifier mac, byte[] secret, params IEnumerable<byte[]> extra) =>
        Build(header, body, sender, reference, mac, data => CmpMac.Compute(mac, secret, data), extra);

    /// <summary>
    /// The same body under the RA's MAC: for a client that has nothing but the secret it shares with the RA. The parameters are of the
    /// family that the client itself used.
    /// </summary>
    public static byte[] ProtectAgainByMac(CmpMessage answer, CmpMessage request, ReadOnlySpan<byte> secret, DateTimeOffset time)
    {
        var header = new CmpHeader(request.Version, request.Sender ?? CmpHeader.EmptyName, request.TransactionId, request.SenderNonce, time)
        {
            SenderNonce = answer.SenderNonce ?? RandomNumberGenerator.GetBytes(16),
            GeneralInfo = answer.GeneralInfo,
        };
        // The client looks for the name that it addressed, and for the reference that names its secret.
        return Build(
            header, answer.Body, request.Recipient ?? CmpHeader.EmptyName, request.SenderKeyId ?? [], CmpMac.Fresh(request.ProtectionAlgorithm!),
            secret.ToArray(), answer.ExtraCertificates);
    }

    private delegate byte[] Protector(ReadOnlySpan<byte> data);

    private static byte[] Build(
        CmpHeader fields, PkiBody body, byte[] sender, byte[]? senderKeyId, AlgorithmIdentifier algorithm, Protector protect, IEnumerable<byte[]> extra)
    {
        var builder = new PkiHeaderBuilder(fields.Version, DirectoryName(sender), DirectoryName(fields.Recipient))
            .SetMessageTime(new DerGeneralizedTime(WholeSeconds(fields.Time)))
            .SetProtectionAlg(algorithm)
            .SetSenderNonce(fields.SenderNonce);
        if (senderKeyId is not null)
        {
            builder.SetSenderKID(senderKeyId);
        }

        if (fields.TransactionId is not null)
        {
            builder.SetTransactionID(fields.TransactionId);
        }

        if (fields.RecipientNonce is not null)
        {
            builder.SetRecipNonce(fields.RecipientNonce);
        }

        var info = fields.GeneralInfo.AsEnumerable();
        if (fields.ImplicitConfirm)
        {
            info = info.Append(new InfoTypeAndValue(CmpObjectIdentifiers.it_implicitConfirm, DerNull.Instance));
        }

        if (fields.ConfirmWaitTime is { } until)
        {
            info = info.Append(new InfoTypeAndValue(CmpObjectIdentifiers.it_confirmWaitTime, new DerGeneralizedTime(WholeSeconds(until))));
        }

        var all = info.ToArray();
        if (all.Length > 0)
        {
            builder.SetGeneralInfo(all);
        }

        var header = builder.Build().GetDerEncoded();
        var content = body.GetDerEncoded();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(header);
            writer.WriteEncodedValue(content);
        }

        var protection = protect(writer.Encode());
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(header);
            writer.WriteEncodedValue(content);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteBitString(protection);
            }

            WriteExtraCertificates(writer, extra);
        }

        return writer.Encode();
    }

    private static void WriteExtraCertificates(AsnWriter writer, IEnumerable<byte[]> certificates)
    {
        var distinct = certificates.DistinctBy(Convert.ToHexString).ToArray();
        if (distinct.Length == 0)
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

    private static GeneralName DirectoryName(byte[] name) => new(X509Name.GetInstance(name));

    // Fractions are legal DER, but not every peer reads them.
    private static DateTime WholeSeconds(DateTimeOffset time) => time.UtcDateTime.AddTicks(-(time.UtcTicks % TimeSpan.TicksPerSecond));
}
