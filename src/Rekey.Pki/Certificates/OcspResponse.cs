using System.Formats.Asn1;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>OCSPResponseStatus (RFC 6960 section 4.2.1).</summary>
public enum OcspResponseStatus
{
    /// <summary>The answer has statuses.</summary>
    Successful = 0,

    /// <summary>The request cannot be read.</summary>
    MalformedRequest = 1,

    /// <summary>The responder failed.</summary>
    InternalError = 2,

    /// <summary>Not now.</summary>
    TryLater = 3,

    /// <summary>Not a certificate whose status is known here.</summary>
    Unauthorized = 6,
}

/// <summary>CertStatus (RFC 6960 section 4.2.1).</summary>
public enum OcspCertStatus
{
    /// <summary>In use.</summary>
    Good,

    /// <summary>Revoked or on hold.</summary>
    Revoked,

    /// <summary>Nothing is known, or it is not confirmed yet.</summary>
    Unknown,
}

/// <summary>The status of one certificate.</summary>
/// <param name="Id">Which.</param>
/// <param name="Status">How it stands.</param>
/// <param name="ThisUpdate">Since when this is known to be right.</param>
/// <param name="NextUpdate">Until when newer information is there at the latest; null: at any time.</param>
/// <param name="RevokedAt">With <see cref="OcspCertStatus.Revoked"/>.</param>
/// <param name="Reason">CRLReason number; 0 is not written.</param>
public sealed record OcspSingleResponse(
    OcspCertId Id, OcspCertStatus Status, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate = null, DateTimeOffset? RevokedAt = null, int Reason = 0);

/// <summary>An OCSP response (RFC 6960 section 4.2).</summary>
public sealed class OcspResponse
{
    private readonly ReadOnlyMemory<byte> tbs;
    private readonly string signatureOid = "";
    private readonly byte[] signature = [];

    private OcspResponse(OcspResponseStatus status) => Status = status;

    private OcspResponse(ReadOnlyMemory<byte> basic)
    {
        Status = OcspResponseStatus.Successful;
        var body = new AsnReader(basic, AsnEncodingRules.DER).ReadSequence();
        tbs = body.ReadEncodedValue();
        signatureOid = body.ReadSequence().ReadObjectIdentifier();
        signature = body.ReadBitString(out _);
        if (body.HasData)
        {
            var list = body.ReadSequence(Explicit(0)).ReadSequence();
            while (list.HasData)
            {
                Certificates = [.. Certificates, Certificate.FromDer(list.ReadEncodedValue())];
            }
        }

        var data = new AsnReader(tbs, AsnEncodingRules.DER).ReadSequence();
        if (data.PeekTag() == Explicit(0))
        {
            data.ReadEncodedValue();
        }

        ResponderName = data.PeekTag() == Explicit(1) ? DistinguishedName.FromDer(data.ReadSequence(Explicit(1)).ReadEncodedValue()) : null;
        if (ResponderName is null)
        {
            data.ReadEncodedValue(); // byKey: the signature tells which key
        }

        ProducedAt = data.ReadGeneralizedTime();
        var responses = data.ReadSequence();
        while (responses.HasData)
        {
            Responses = [.. Responses, ReadSingle(responses.ReadSequence())];
        }

        if (data.HasData)
        {
            Nonce = OcspRequest.ReadNonce(TbsCertificate.ReadExtensions(data.ReadSequence(Explicit(1)).ReadSequence()));
        }
    }

    /// <summary>Whether there are statuses at all.</summary>
    public OcspResponseStatus Status { get; }

    /// <summary>Who signed, when named by name.</summary>
    public DistinguishedName? ResponderName { get; }

    /// <summary>When it was signed.</summary>
    public DateTimeOffset ProducedAt { get; }

    /// <summary>The statuses.</summary>
    public IReadOnlyList<OcspSingleResponse> Responses { get; } = [];

    /// <summary>The request's nonce, or null.</summary>
    public byte[]? Nonce { get; }

    /// <summary>Certificates that came with it.</summary>
    public IReadOnlyList<Certificate> Certificates { get; } = [];

    /// <summary>Reads a response.</summary>
    /// <exception cref="MalformedException">Not one, or not of the basic type.</exception>
    public static OcspResponse Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var body = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var status = (OcspResponseStatus)body.ReadEnumeratedBytes().Span[0];
            if (status != OcspResponseStatus.Successful)
            {
                return new(status);
            }

            var bytes = body.ReadSequence(Explicit(0)).ReadSequence();
            return bytes.ReadObjectIdentifier() == Oids.OcspBasic ? new(bytes.ReadOctetString()) : throw new MalformedException("the OCSP response is not basic");
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("not an OCSP response", e);
        }
    }

    /// <summary>
    /// Whether it was signed by the issuer, or by a responder to whom the issuer delegated it (RFC 6960 section 4.2.2.2).
    /// </summary>
    /// <param name="issuer">The issuer of the certificates asked about.</param>
    /// <param name="at">The present.</param>
    public bool Verify(Certificate issuer, DateTimeOffset at)
    {
        if (issuer.PublicKey.Verify(signatureOid, tbs.Span, signature))
        {
            return true;
        }

        try
        {
            return Certificates.Any(c => c.Issuer.Equals(issuer.Subject)
                && c.ExtendedKeyUsage.Contains(Oids.OcspSigning)
                && c.NotBefore <= at && at <= c.NotAfter
                && c.PublicKey.Verify(signatureOid, tbs.Span, signature)
                && c.Verify(issuer.PublicKey));
        }
        catch (UnsupportedKeyException)
        {
            return false;
        }
    }

    internal static Asn1Tag Explicit(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static OcspSingleResponse ReadSingle(AsnReader single)
    {
        var id = OcspCertId.Read(single);
        var (status, revokedAt, reason) = (OcspCertStatus.Good, (DateTimeOffset?)null, 0);
        switch (single.PeekTag().TagValue)
        {
            case 1:
                var info = single.ReadSequence(Explicit(1));
                (status, revokedAt) = (OcspCertStatus.Revoked, info.ReadGeneralizedTime());
                reason = info.HasData ? info.ReadSequence(Explicit(0)).ReadEnumeratedBytes().Span[0] : 0;
                break;
            case var tag:
                status = tag == 0 ? OcspCertStatus.Good : OcspCertStatus.Unknown;
                single.ReadNull(new Asn1Tag(TagClass.ContextSpecific, tag));
                break;
        }

        var thisUpdate = single.ReadGeneralizedTime();
        DateTimeOffset? nextUpdate = single.HasData && single.PeekTag() == Explicit(0) ? single.ReadSequence(Explicit(0)).ReadGeneralizedTime() : null;
        return new(id, status, thisUpdate, nextUpdate, revokedAt, reason);
    }
}
