using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.Crmf;
using Org.BouncyCastle.Asn1.X509;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>
/// One CMP transaction of a renewal, seen from the holder's side: kur → kup → certConf → pkiConf. The old key protects the messages,
/// the new key proves possession. It keeps no state beyond this object; after a crash a new exchange with the same new key gets the same
/// certificate.
/// </summary>
public sealed class RenewalExchange(
    CmpTrust trust,
    ReadOnlyMemory<byte> oldCertificate,
    ISigningKey oldKey,
    ISigningKey newKey,
    ReadOnlyMemory<byte> subjectName,
    ReadOnlyMemory<byte> transactionId,
    TimeProvider clock)
{
    private const int CertReqId = 0;

    private readonly Certificate old = Certificate.FromDer(oldCertificate);
    private byte[]? requestNonce;
    private byte[]? answerNonce;
    private byte[]? confirmationNonce;
    private Certificate? issued;
    private string? hashOid;

    private CmpSigner Signer => CmpSigner.Of(oldKey, oldCertificate.ToArray());

    /// <summary>The kur. Each call makes a new message; to repeat one after a lost answer, send its octets again.</summary>
    public byte[] KeyUpdateRequest()
    {
        var header = Header(null);
        requestNonce = header.SenderNonce;
        return CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_KEY_UPDATE_REQ, new CertReqMessages(Request())), Signer);
    }

    /// <summary>Verifies a kup and returns the new certificate, DER: signed by a CA that we trust, for this request, for the new key.</summary>
    /// <exception cref="CmpRefusedException">The CA or RA refused.</exception>
    /// <exception cref="CmpInvalidException">Not an answer that may be used.</exception>
    public ReadOnlyMemory<byte> ReadKeyUpdateResponse(ReadOnlyMemory<byte> kup)
    {
        var message = Accept(kup, requestNonce, CmpBodyType.KeyUpdateResponse);
        var response = CmpRequests.Read(() => CertRepMessage.GetInstance(message.Body.Content).GetResponse().Single(r => r.CertReqID.IntValueExact == CertReqId));
        if (response.Status.StatusObject.IntValueExact is not (0 or 1))
        {
            throw CmpErrors.Refusal(response.Status, byCa: true);
        }

        var der = response.CertifiedKeyPair?.CertOrEncCert?.Certificate?.X509v3PKCert?.GetDerEncoded()
            ?? throw new CmpInvalidException(CmpFailure.BadDataFormat, "the answer holds no certificate");
        var certificate = Certificate.FromDer(der);
        if (!certificate.Spki.Span.SequenceEqual(newKey.PublicKey.Spki.Span))
        {
            throw new CmpInvalidException(CmpFailure.BadPop, "the certificate is for another key");
        }

        trust.RequireChain(certificate, message.ExtraCertificates, clock.GetUtcNow());
        answerNonce = message.SenderNonce;
        issued = certificate;
        hashOid = certificate.SignatureOid;
        return der;
    }

    /// <summary>The certConf for the certificate read last.</summary>
    /// <param name="accepted">False to reject it, for example when it could not be written.</param>
    public byte[] CertificateConfirmation(bool accepted = true)
    {
        // RFC 4210 section 5.3.18: hashed as the certificate's own signature hashes.
        var hash = CryptographicOperations.HashData(
            SignatureAlgorithms.Find(hashOid!)?.Hash ?? throw new InvalidOperationException("no certificate was read"), issued!.Encoded.Span);
        var status = accepted ? new PkiStatusInfo(0) : CmpResponses.Rejection(CmpFailure.BadCertTemplate, "rejected");
        var content = CertConfirmContent.GetInstance(new DerSequence(
            new CertStatus(hash, DerInteger.ValueOf(CertReqId).Value, status)));
        var header = Header(answerNonce);
        confirmationNonce = header.SenderNonce;
        return CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_CERT_CONFIRM, content), Signer);
    }

    /// <summary>Verifies a pkiConf: from here on the new certificate counts.</summary>
    /// <exception cref="CmpRefusedException">The CA refused, for example because the renewal has ended.</exception>
    /// <exception cref="CmpInvalidException">Not an answer that may be used.</exception>
    public void ReadConfirmation(ReadOnlyMemory<byte> pkiConf) => Accept(pkiConf, confirmationNonce, CmpBodyType.Confirmation);

    private CertReqMsg Request()
    {
        var template = new CertTemplateBuilder()
            .SetSubject(X509Name.GetInstance(subjectName.ToArray()))
            .SetSubjectPublicKeyInfo(SubjectPublicKeyInfo.GetInstance(newKey.PublicKey.Spki.ToArray()))
            .Build();
        var oldId = new CertId(new GeneralName(X509Name.GetInstance(old.Issuer.Encoded.ToArray())), new DerInteger(old.Serial.ToArray()));
        var request = new CertRequest(
            DerInteger.ValueOf(CertReqId), template, new Controls([new AttributeTypeAndValue(CrmfObjectIdentifiers.id_regCtrl_oldCertID, oldId)]));
        var suite = newKey.PublicKey.Suite;
        var algorithm = new DerObjectIdentifier(suite.SignatureOid);
        var pop = new PopoSigningKey(
            null,
            suite.Family == KeyFamily.Rsa ? new AlgorithmIdentifier(algorithm, DerNull.Instance) : new AlgorithmIdentifier(algorithm),
            new DerBitString(newKey.Sign(request.GetDerEncoded())));
        return new CertReqMsg(request, new ProofOfPossession(pop), null);
    }

    private CmpHeader Header(byte[]? recipientNonce) =>
        new(2, old.Issuer.Encoded.ToArray(), transactionId.ToArray(), recipientNonce, clock.GetUtcNow());

    private CmpMessage Accept(ReadOnlyMemory<byte> answer, byte[]? nonce, CmpBodyType expected)
    {
        var message = CmpMessage.Parse(answer);
        if (message.Type == CmpBodyType.Error)
        {
            var byCa = trust.RequireRefusalProtection(message, clock.GetUtcNow());
            RequireOurs(message, nonce);
            throw CmpErrors.Refusal(CmpRequests.Read(() => ErrorMsgContent.GetInstance(message.Body.Content).PkiStatusInfo), byCa);
        }

        trust.RequireProtection(message, clock.GetUtcNow());
        RequireOurs(message, nonce);
        return message.Type == expected ? message : throw new CmpInvalidException(CmpFailure.BadRequest, $"{message.Type} where {expected} was due");
    }

    private void RequireOurs(CmpMessage message, byte[]? nonce)
    {
        if (!transactionId.Span.SequenceEqual(message.TransactionId) || nonce is null || !nonce.AsSpan().SequenceEqual(message.RecipientNonce))
        {
            throw new CmpInvalidException(CmpFailure.BadRecipientNonce, "the answer belongs to another request");
        }
    }
}
