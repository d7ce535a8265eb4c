using Rekey.Ca.Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>
/// A holder's message whose protection this CA verified itself, or, for a MAC, the RA that states so. Only
/// <see cref="VerifyMessage"/> makes one.
/// </summary>
/// <param name="Message">The holder's message, as the holder sent it.</param>
/// <param name="Signer">The certificate that protects it; null when it is protected by a MAC.</param>
/// <param name="SignerRecord">This CA's record of that certificate; null for a MAC.</param>
/// <param name="Statement">What the RA states; null where the message needs no decision.</param>
internal sealed record VerifiedMessage(CmpMessage Message, Certificate? Signer, CertificateRecord? SignerRecord, RaStatement? Statement)
{
    /// <summary>Who sent it, in a form that a transaction remembers.</summary>
    public string Requester => Signer is not null
        ? $"cert:{Convert.ToHexStringLower(Signer.Sha256)}"
        : $"ref:{Convert.ToHexStringLower(Message.SenderKeyId ?? [])}";

    /// <summary>transactionID, lower-case hex.</summary>
    public string TransactionId => Convert.ToHexStringLower(Message.TransactionId!);
}

/// <summary>A certificate request of a <see cref="VerifiedMessage"/>, with its proof of possession verified.</summary>
/// <param name="From">The message.</param>
/// <param name="Requested">The request.</param>
/// <param name="NewKey">The key to certify.</param>
/// <param name="Statement">What the RA states.</param>
/// <param name="Encryption">The request for the encryption half of a pair; null when there is none.</param>
internal sealed record VerifiedRequest(VerifiedMessage From, RequestedCertificate Requested, PublicKey NewKey, RaStatement Statement, RequestedCertificate? Encryption);
