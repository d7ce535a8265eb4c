namespace Rekey.Pki.Cmp;

/// <summary>PKIBody alternatives that we send or accept (RFC 4210 section 5.1.2), by tag.</summary>
public enum CmpBodyType
{
    /// <summary>Initialization request.</summary>
    InitializationRequest = 0,

    /// <summary>Initialization response.</summary>
    InitializationResponse = 1,

    /// <summary>Certification request.</summary>
    CertificationRequest = 2,

    /// <summary>Certification response.</summary>
    CertificationResponse = 3,

    /// <summary>PKCS#10 certification request.</summary>
    Pkcs10Request = 4,

    /// <summary>Key update request: a renewal.</summary>
    KeyUpdateRequest = 7,

    /// <summary>Key update response.</summary>
    KeyUpdateResponse = 8,

    /// <summary>Revocation request.</summary>
    RevocationRequest = 11,

    /// <summary>Revocation response.</summary>
    RevocationResponse = 12,

    /// <summary>Confirmation (pkiConf).</summary>
    Confirmation = 19,

    /// <summary>Nested messages: an RA passes on what a holder sent.</summary>
    Nested = 20,

    /// <summary>General message.</summary>
    GeneralMessage = 21,

    /// <summary>General response.</summary>
    GeneralResponse = 22,

    /// <summary>Error message.</summary>
    Error = 23,

    /// <summary>Certificate confirmation (certConf).</summary>
    CertificateConfirmation = 24,

    /// <summary>Poll request.</summary>
    PollRequest = 25,

    /// <summary>Poll response.</summary>
    PollResponse = 26,
}

/// <summary>Facts of the body types.</summary>
public static class CmpBodyTypes
{
    /// <summary>Whether the body asks for a certificate.</summary>
    public static bool IsCertificateRequest(this CmpBodyType type) => type is CmpBodyType.InitializationRequest
        or CmpBodyType.CertificationRequest or CmpBodyType.Pkcs10Request or CmpBodyType.KeyUpdateRequest;

    /// <summary>The body type that answers a certificate request: one more, but p10cr is answered by cp.</summary>
    public static CmpBodyType Response(this CmpBodyType request) =>
        request == CmpBodyType.Pkcs10Request ? CmpBodyType.CertificationResponse : request + 1;
}
