namespace Rekey.Pki.Cmp;

/// <summary>PKIFailureInfo bits (RFC 4210 section 5.2.3), by number on the wire.</summary>
public enum CmpFailure
{
    /// <summary>Unrecognised or unsupported algorithm.</summary>
    BadAlg = 0,

    /// <summary>Integrity check failed: the protection does not verify.</summary>
    BadMessageCheck = 1,

    /// <summary>Transaction not permitted or supported.</summary>
    BadRequest = 2,

    /// <summary>messageTime not close enough to the server's.</summary>
    BadTime = 3,

    /// <summary>No certificate matches the given criteria.</summary>
    BadCertId = 4,

    /// <summary>The data has the wrong format.</summary>
    BadDataFormat = 5,

    /// <summary>Proof of possession failed.</summary>
    BadPop = 9,

    /// <summary>The certificate is revoked, or the renewal has ended.</summary>
    CertRevoked = 10,

    /// <summary>The certificate was already confirmed.</summary>
    CertConfirmed = 11,

    /// <summary>recipNonce is not the senderNonce of the previous message.</summary>
    BadRecipientNonce = 13,

    /// <summary>senderNonce missing or shorter than 128 bits.</summary>
    BadSenderNonce = 18,

    /// <summary>The certificate template is not acceptable.</summary>
    BadCertTemplate = 19,

    /// <summary>The signer of the message is not trusted.</summary>
    SignerNotTrusted = 20,

    /// <summary>transactionID is in use.</summary>
    TransactionIdInUse = 21,

    /// <summary>pvno not supported.</summary>
    UnsupportedVersion = 22,

    /// <summary>The sender may not make this request.</summary>
    NotAuthorized = 23,

    /// <summary>The service is too busy or otherwise unable for now.</summary>
    SystemUnavail = 24,

    /// <summary>An internal failure.</summary>
    SystemFailure = 25,

    /// <summary>The certificate exists already.</summary>
    DuplicateCertReq = 26,
}

/// <summary>The other side refused with an error message or a rejected status.</summary>
public sealed class CmpRefusedException(CmpFailure? failure, string text) : Exception(text)
{
    /// <summary>The failure bit, or null when the message gave none.</summary>
    public CmpFailure? Failure { get; } = failure;

    /// <summary>
    /// Whether the CA itself says so. An RA may refuse on its own; then nothing may follow from it but to stop, because a captured RA
    /// could say the same.
    /// </summary>
    public bool ByCa { get; init; }
}

/// <summary>A message that is malformed, does not belong to the transaction, or is not signed by whom we trust. Nothing of it may be used.</summary>
public sealed class CmpInvalidException(CmpFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What an error answer would name.</summary>
    public CmpFailure Failure { get; } = failure;
}
