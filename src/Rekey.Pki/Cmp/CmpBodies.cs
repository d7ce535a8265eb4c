using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.X509;

namespace Rekey.Pki.Cmp;

/// <summary>Bodies that a responder sends.</summary>
public static class CmpResponses
{
    /// <summary>A response that carries what was issued (ip, cp, kup).</summary>
    /// <param name="request">The request answered.</param>
    /// <param name="issued">The certificate, or both of a pair.</param>
    /// <param name="issuers">DER certificates above it, for extraCerts.</param>
    /// <param name="header">The answer's header.</param>
    /// <param name="signer">Who protects it.</param>
    /// <param name="rootForCaPubs">DER of the root for a client that so far shares only a secret, or null.</param>
    public static byte[] Issued(
        CmpMessage request, IReadOnlyList<IssuedCertificate> issued, IEnumerable<byte[]> issuers, CmpHeader header, CmpSigner signer, byte[]? rootForCaPubs = null)
    {
        var body = CmpBuilder.Body(request.Type.Response(), w =>
        {
            using (w.PushSequence()) // CertRepMessage
            {
                if (rootForCaPubs is not null)
                {
                    using (w.PushSequence(CmpBuilder.Tag(1)))
                    using (w.PushSequence())
                    {
                        w.WriteEncodedValue(rootForCaPubs);
                    }
                }

                using (w.PushSequence())
                {
                    foreach (var one in issued)
                    {
                        WriteIssued(w, one);
                    }
                }
            }
        });
        return CmpBuilder.Build(header, body, signer, issuers);
    }

    private static void WriteIssued(AsnWriter writer, IssuedCertificate issued)
    {
        using (writer.PushSequence()) // CertResponse
        {
            writer.WriteInteger(issued.CertReqId);
            using (writer.PushSequence())
            {
                writer.WriteInteger(0); // accepted
            }

            using (writer.PushSequence()) // CertifiedKeyPair
            {
                using (writer.PushSequence(CmpBuilder.Tag(0)))
                {
                    writer.WriteEncodedValue(issued.Der);
                }

                if (issued.Key is { } key)
                {
                    using (writer.PushSequence(CmpBuilder.Tag(0)))
                    {
                        key.Write(writer);
                    }
                }
            }
        }
    }

    /// <summary>Body of a response that brings no certificate yet (ip, cp or kup with status waiting): the client polls.</summary>
    /// <param name="request">Type of the request.</param>
    /// <param name="certReqId">certReqId of the request; -1 for p10cr.</param>
    /// <param name="text">For people: what it waits for.</param>
    public static byte[] Waiting(CmpBodyType request, int certReqId, string text) => WithoutCertificate(request, certReqId, w =>
    {
        w.WriteInteger(3); // waiting
        WriteText(w, text);
    });

    /// <summary>Body of a response that refuses the certificate (ip, cp or kup with status rejection).</summary>
    /// <param name="request">Type of the request.</param>
    /// <param name="certReqId">certReqId of the request; -1 for p10cr.</param>
    /// <param name="failure">The failure bit.</param>
    /// <param name="text">For people.</param>
    public static byte[] Refused(CmpBodyType request, int certReqId, CmpFailure failure, string text) => WithoutCertificate(request, certReqId, w =>
    {
        w.WriteInteger(2); // rejection
        WriteText(w, text);
        var (octets, unused) = FailureBits(failure);
        w.WriteBitString(octets, unused);
    });

    /// <summary>Body of a pollRep (RFC 4210 section 5.3.22): ask again after some time.</summary>
    /// <param name="certReqId">certReqId of the request that waits.</param>
    /// <param name="checkAfter">When to ask again; whole seconds count.</param>
    /// <param name="text">For people: what it waits for.</param>
    public static byte[] PollAgain(int certReqId, TimeSpan checkAfter, string text) => CmpBuilder.Body(CmpBodyType.PollResponse, w =>
    {
        using (w.PushSequence())
        using (w.PushSequence())
        {
            w.WriteInteger(certReqId);
            w.WriteInteger((long)checkAfter.TotalSeconds);
            WriteText(w, text);
        }
    });

    /// <summary>pkiConf.</summary>
    public static byte[] Confirmation(CmpHeader header, CmpSigner signer) =>
        CmpBuilder.Build(header, CmpBuilder.Body(CmpBodyType.Confirmation, w => w.WriteNull()), signer);

    /// <summary>An error message.</summary>
    /// <param name="failure">The failure bit.</param>
    /// <param name="text">For people; begins with the problem's number where there is one.</param>
    /// <param name="header">The answer's header.</param>
    /// <param name="signer">Who protects it.</param>
    public static byte[] Error(CmpFailure failure, string text, CmpHeader header, CmpSigner signer) =>
        CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_ERROR, new ErrorMsgContent(Rejection(failure, text))), signer);

    /// <summary>rp: the answer to a revocation request.</summary>
    public static byte[] Revoked(CmpHeader header, CmpSigner signer) =>
        CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_REVOCATION_REP, new RevRepContentBuilder().Add(new PkiStatusInfo(0)).Build()), signer);

    /// <summary>rp with a refusal.</summary>
    public static byte[] RevocationRefused(CmpFailure failure, string text, CmpHeader header, CmpSigner signer) =>
        CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_REVOCATION_REP, new RevRepContentBuilder().Add(Rejection(failure, text)).Build()), signer);

    /// <summary>genp with certificates of the CA (id-it-caCerts, RFC 9483 section 4.3.1).</summary>
    public static byte[] CaCertificates(IEnumerable<byte[]> certificates, CmpHeader header, CmpSigner signer)
    {
        var list = new DerSequence(certificates.Select(c => (Asn1Encodable)X509CertificateStructure.GetInstance(c)).ToArray());
        return General(new InfoTypeAndValue(new DerObjectIdentifier(CmpGeneralMessages.CaCertificates), list), header, signer);
    }

    /// <summary>genp with CRLs (id-it-crls, RFC 9483 section 4.3.4), or with the type alone when there are none newer.</summary>
    public static byte[] Crls(IReadOnlyCollection<byte[]> crls, CmpHeader header, CmpSigner signer)
    {
        var oid = new DerObjectIdentifier(CmpGeneralMessages.Crls);
        var info = crls.Count == 0
            ? new InfoTypeAndValue(oid)
            : new InfoTypeAndValue(oid, new DerSequence(crls.Select(c => (Asn1Encodable)CertificateList.GetInstance(Asn1Object.FromByteArray(c))).ToArray()));
        return General(info, header, signer);
    }

    /// <summary>genp with a type alone: nothing newer to tell (root update, RFC 9483 section 4.3.2).</summary>
    public static byte[] NothingNewer(string oid, CmpHeader header, CmpSigner signer) =>
        General(new InfoTypeAndValue(new DerObjectIdentifier(oid)), header, signer);

    internal static PkiStatusInfo Rejection(CmpFailure failure, string text)
    {
        var (octets, unused) = FailureBits(failure);
        Asn1Encodable[] elements = [DerInteger.Two, new DerSequence(new DerUtf8String(text)), new DerBitString(octets, unused)];
        return PkiStatusInfo.GetInstance(new DerSequence(elements));
    }

    // Named bits: trailing zero bits are cut (X.690 section 11.2.2). The constants of the library are byte-swapped integers, so not used.
    private static (byte[] Octets, int Unused) FailureBits(CmpFailure failure)
    {
        var bit = (int)failure;
        var octets = new byte[(bit / 8) + 1];
        octets[bit / 8] = (byte)(0x80 >> (bit % 8));
        return (octets, 7 - (bit % 8));
    }

    private static byte[] WithoutCertificate(CmpBodyType request, int certReqId, Action<AsnWriter> status) => CmpBuilder.Body(request.Response(), w =>
    {
        using (w.PushSequence()) // CertRepMessage
        using (w.PushSequence())
        using (w.PushSequence()) // CertResponse
        {
            w.WriteInteger(certReqId);
            using (w.PushSequence())
            {
                status(w);
            }
        }
    });

    private static void WriteText(AsnWriter writer, string text)
    {
        using (writer.PushSequence()) // PKIFreeText
        {
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
        }
    }

    private static byte[] General(InfoTypeAndValue info, CmpHeader header, CmpSigner signer) =>
        CmpBuilder.Build(header, new PkiBody(PkiBody.TYPE_GEN_REP, new GenRepContent(info)), signer);
}
