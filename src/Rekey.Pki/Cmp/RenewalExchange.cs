using Org.BouncyCastle.Asn1.Crmf;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>The transaction of a renewal, kur → kup → certConf → pkiConf: the old key protects the messages.</summary>
public sealed class RenewalExchange(
    CmpTrust trust,
    ReadOnlyMemory<byte> oldCertificate,
    ISigningKey oldKey,
    ISigningKey newKey,
    ReadOnlyMemory<byte> subjectName,
    ReadOnlyMemory<byte> transactionId,
    TimeProvider clock)
    : CertificateExchange(trust, newKey, subjectName, transactionId, clock)
{
    private readonly Certificate old = Certificate.FromDer(oldCertificate);

    private protected override CmpBodyType RequestType => CmpBodyType.KeyUpdateRequest;

    private protected override byte[] Recipient => old.Issuer.Encoded.ToArray();

    private protected override byte[] Protect(CmpHeader header, ReadOnlyMemory<byte> body) =>
        CmpBuilder.Build(header, body, CmpSigner.Of(oldKey, oldCertificate.ToArray()));

    private protected override IEnumerable<AttributeTypeAndValue> SigningControls() => [OldId(old)];
}
