using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.Crmf;
using Org.BouncyCastle.Asn1.X509;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>The request for the encryption half of a pair.</summary>
/// <param name="Wanted">The kind of key that the key-management centre shall make.</param>
/// <param name="TransportKey">The key that it is to be enveloped for; its private half never leaves the token.</param>
/// <param name="OldCertificate">DER of the encryption certificate that is renewed; empty for none.</param>
public sealed record EncryptionRequest(AlgorithmSuite Wanted, PublicKey TransportKey, ReadOnlyMemory<byte> OldCertificate);

/// <summary>
/// One CMP transaction that brings a certificate or a pair, seen from the holder's side: request → answer → certConf → pkiConf. Who protects
/// the messages is what a renewal (<see cref="RenewalExchange"/>) and a download (<see cref="DownloadExchange"/>) differ in; the new key proves
/// possession in both. It keeps no state beyond this object; after a crash a new exchange with the same new key gets the same certificate.
/// </summary>
public abstract class CertificateExchange
{
    private const int CertReqId = 0;
    private const int EncryptionCertReqId = 1;

    private readonly CmpTrust trust;
    private readonly ISigningKey newKey;
    private readonly ReadOnlyMemory<byte> subjectName;
    private readonly ReadOnlyMemory<byte> transactionId;
    private readonly TimeProvider clock;
    private byte[]? requestNonce;
    private byte[]? answerNonce;
    private byte[]? confirmationNonce;
    private List<Received> issued = [];

    private protected CertificateExchange(CmpTrust trust, ISigningKey newKey, ReadOnlyMemory<byte> subjectName, ReadOnlyMemory<byte> transactionId, TimeProvider clock) =>
        (this.trust, this.newKey, this.subjectName, this.transactionId, this.clock) = (trust, newKey, subjectName, transactionId, clock);

    /// <summary>What is asked for beside the signing certificate; null to ask for that alone.</summary>
    public EncryptionRequest? Encryption { get; init; }

    /// <summary>
    /// The encryption certificate with its enveloped key, when an answer to a request for one was read. Once the pair is confirmed, a repeated answer
    /// brings no key.
    /// </summary>
    public IssuedCertificate? IssuedEncryption => issued.Find(r => r.Issued.CertReqId == EncryptionCertReqId)?.Issued;

    /// <summary>The kind of request.</summary>
    private protected abstract CmpBodyType RequestType { get; }

    /// <summary>DER of the name that messages are addressed to.</summary>
    private protected abstract byte[] Recipient { get; }

    /// <summary>Protects a message.</summary>
    private protected abstract byte[] Protect(CmpHeader header, ReadOnlyMemory<byte> body);

    /// <summary>What the request for the signing certificate says beside subject and key.</summary>
    private protected abstract IEnumerable<AttributeTypeAndValue> SigningControls();

    /// <summary>The request. Each call makes a new message; to repeat one after a lost answer, send its octets again.</summary>
    public byte[] CertificateRequest()
    {
        var header = Header(null);
        requestNonce = header.SenderNonce;
        var requests = new CertReqMessages([Request(), .. Encryption is { } wish ? [Request(wish)] : Array.Empty<CertReqMsg>()]);
        return Protect(header, new PkiBody((int)RequestType, requests).GetDerEncoded());
    }

    /// <summary>
    /// Verifies an answer and returns the new certificate, DER: signed by a CA that we trust, for this request, for the new key. Of a pair both
    /// halves must be there; whether the enveloped key is the encryption certificate's only the token can tell.
    /// </summary>
    /// <exception cref="CmpRefusedException">The CA or RA refused.</exception>
    /// <exception cref="CmpInvalidException">Not an answer that may be used.</exception>
    public ReadOnlyMemory<byte> ReadCertificateResponse(ReadOnlyMemory<byte> answer)
    {
        var message = Accept(answer, requestNonce, RequestType.Response());
        var responses = CmpRequests.Read(() => CertificateResponse.ReadAll(message.BodyContent));
        List<Received> read = [Receive(message, responses, CertReqId)];
        if (!read[0].Certificate.Spki.Span.SequenceEqual(newKey.PublicKey.Spki.Span))
        {
            throw new CmpInvalidException(CmpFailure.BadPop, "the certificate is for another key");
        }

        if (Encryption is { } wish)
        {
            read.Add(Receive(message, responses, EncryptionCertReqId));
            if (read[1].Certificate.PublicKey.Suite != wish.Wanted)
            {
                throw new CmpInvalidException(CmpFailure.BadDataFormat, "the answer holds no encryption key of the kind that was asked for");
            }
        }

        answerNonce = message.SenderNonce;
        issued = read;
        return read[0].Issued.Der;
    }

    private Received Receive(CmpMessage message, IReadOnlyDictionary<int, CertificateResponse> responses, int id)
    {
        if (!responses.TryGetValue(id, out var response))
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the answer leaves a request out");
        }

        var status = CmpRequests.Read(() => PkiStatusInfo.GetInstance(Asn1Object.FromByteArray(response.Status.ToArray())));
        if (status.StatusObject.IntValueExact is not (0 or 1))
        {
            throw CmpErrors.Refusal(status, byCa: true);
        }

        var issuedHere = response.Certificate ?? throw new CmpInvalidException(CmpFailure.BadDataFormat, "the answer holds no certificate");
        var certificate = Certificate.FromDer(issuedHere.Der);
        trust.RequireChain(certificate, message.ExtraCertificates, clock.GetUtcNow());
        return new(issuedHere, certificate);
    }

    /// <summary>The certConf for what was read last: of a pair both certificates in one message.</summary>
    /// <param name="accepted">False to reject it, for example when it could not be written.</param>
    public byte[] CertificateConfirmation(bool accepted = true)
    {
        if (issued.Count == 0)
        {
            throw new InvalidOperationException("no certificate was read");
        }

        var header = Header(answerNonce);
        confirmationNonce = header.SenderNonce;
        return Protect(header, CmpBuilder.Body(CmpBodyType.CertificateConfirmation, writer => WriteStatuses(writer, accepted)));
    }

    // RFC 4210 section 5.3.18: each hashed as the certificate's own signature hashes.
    private void WriteStatuses(AsnWriter writer, bool accepted)
    {
        using (writer.PushSequence())
        {
            foreach (var received in issued)
            {
                using (writer.PushSequence())
                {
                    writer.WriteOctetString(SignatureAlgorithms.Find(received.Certificate.SignatureOid)!.HashData(received.Issued.Der));
                    writer.WriteInteger(received.Issued.CertReqId);
                    writer.WriteEncodedValue((accepted ? new PkiStatusInfo(0) : CmpResponses.Rejection(CmpFailure.BadCertTemplate, "rejected")).GetDerEncoded());
                }
            }
        }
    }

    /// <summary>Verifies a pkiConf: from here on the new certificate counts.</summary>
    /// <exception cref="CmpRefusedException">The CA refused, for example because what was asked for has ended.</exception>
    /// <exception cref="CmpInvalidException">Not an answer that may be used.</exception>
    public void ReadConfirmation(ReadOnlyMemory<byte> pkiConf) => Accept(pkiConf, confirmationNonce, CmpBodyType.Confirmation);

    private CertReqMsg Request()
    {
        var template = new CertTemplateBuilder()
            .SetSubject(X509Name.GetInstance(subjectName.ToArray()))
            .SetSubjectPublicKeyInfo(SubjectPublicKeyInfo.GetInstance(newKey.PublicKey.Spki.ToArray()))
            .Build();
        AttributeTypeAndValue[] controls = [.. SigningControls()];
        var request = new CertRequest(DerInteger.ValueOf(CertReqId), template, controls.Length == 0 ? null : new Controls(controls));
        var suite = newKey.PublicKey.Suite;
        var algorithm = new DerObjectIdentifier(suite.SignatureOid);
        var pop = new PopoSigningKey(
            null,
            suite.Family == KeyFamily.Rsa ? new AlgorithmIdentifier(algorithm, DerNull.Instance) : new AlgorithmIdentifier(algorithm),
            new DerBitString(newKey.Sign(request.GetDerEncoded())));
        return new CertReqMsg(request, new ProofOfPossession(pop), null);
    }

    // A key that the key-management centre made, and a request with empty key, are cmp2021 (RFC 9810 section 7).
    private CertReqMsg Request(EncryptionRequest wish)
    {
        var template = new CertTemplateBuilder()
            .SetSubject(X509Name.GetInstance(subjectName.ToArray()))
            .SetSubjectPublicKeyInfo(new SubjectPublicKeyInfo(AlgorithmIdentifier.GetInstance(KeyKinds.Identifier(wish.Wanted)), ReadOnlySpan<byte>.Empty))
            .Build();
        var transport = TransportKey(wish);
        var controls = wish.OldCertificate.IsEmpty ? new Controls([transport]) : new Controls([OldId(Certificate.FromDer(wish.OldCertificate)), transport]);
        return new CertReqMsg(new CertRequest(DerInteger.ValueOf(EncryptionCertReqId), template, controls), null, null);
    }

    /// <summary>The control that names the key to envelope for (protocolEncrKey, RFC 4211 section 6.6).</summary>
    private protected static AttributeTypeAndValue TransportKey(EncryptionRequest wish) => new(
        new DerObjectIdentifier(CrmfReader.ProtocolEncrKey), SubjectPublicKeyInfo.GetInstance(wish.TransportKey.Spki.ToArray()));

    /// <summary>The control that names the certificate to be replaced (oldCertID, RFC 4211 section 6.5).</summary>
    private protected static AttributeTypeAndValue OldId(Certificate certificate) => new(
        CrmfObjectIdentifiers.id_regCtrl_oldCertID,
        new CertId(new GeneralName(X509Name.GetInstance(certificate.Issuer.Encoded.ToArray())), new DerInteger(certificate.Serial.ToArray())));

    private CmpHeader Header(byte[]? recipientNonce) =>
        new(Encryption is null ? 2 : 3, Recipient, transactionId.ToArray(), recipientNonce, clock.GetUtcNow());

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

    /// <summary>A certificate of an answer, with what it says.</summary>
    private sealed record Received(IssuedCertificate Issued, Certificate Certificate);
}
