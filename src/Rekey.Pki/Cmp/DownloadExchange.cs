using System.Text;
using Org.BouncyCastle.Asn1.Crmf;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>
/// The transaction of a download, ir → ip → certConf → pkiConf: there is no certificate yet, so a MAC under a secret of this one meeting
/// protects the messages. The answers are signed by the CA, as in every exchange: the RA, which knows the secret, cannot make one.
/// </summary>
/// <param name="trust">Whose answers count.</param>
/// <param name="reference">The reference number that names the secret (senderKID).</param>
/// <param name="secret">The secret.</param>
/// <param name="newKey">The new key.</param>
/// <param name="subjectName">DER of the subject to ask for.</param>
/// <param name="transactionId">transactionID, 16 octets.</param>
/// <param name="clock">For messageTime.</param>
public sealed class DownloadExchange(
    CmpTrust trust,
    string reference,
    ReadOnlyMemory<byte> secret,
    ISigningKey newKey,
    ReadOnlyMemory<byte> subjectName,
    ReadOnlyMemory<byte> transactionId,
    TimeProvider clock)
    : CertificateExchange(trust, newKey, subjectName, transactionId, clock)
{
    /// <summary>Iterations make a weak secret stronger. This one has 256 random bits; it is the least that the RFC 9481 allows.</summary>
    private const int Iterations = 1000;

    private protected override CmpBodyType RequestType => CmpBodyType.InitializationRequest;

    // Nothing is known of the CA but what it will sign.
    private protected override byte[] Recipient => CmpHeader.EmptyName;

    private protected override byte[] Protect(CmpHeader header, ReadOnlyMemory<byte> body) => CmpBuilder.Build(
        header,
        body,
        DistinguishedName.Build(new NameAttribute(Oids.CommonName, reference)).Encoded.ToArray(),
        Encoding.UTF8.GetBytes(reference),
        CmpMac.NewPbmac1(Iterations),
        secret.ToArray());

    // Of what the key-management centre reads, it can verify nothing but the signature by the new key: so that is what names the key to
    // envelope for (docs/decisions/0044).
    private protected override IEnumerable<AttributeTypeAndValue> SigningControls() => Encryption is { } wish ? [TransportKey(wish)] : [];
}
