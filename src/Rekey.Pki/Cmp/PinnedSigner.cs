using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>
/// The one service whose messages another one takes: CA and key-management centre of each other. It is the certificate that the settings
/// name, and later ones of the same name by the same issuer, because services' certificates are renewed while both run.
/// </summary>
/// <param name="pinned">The certificate at the time of the settings.</param>
/// <param name="purpose">extKeyUsage that it must have.</param>
/// <param name="chains">Leads to the institution's roots.</param>
public sealed class PinnedSigner(Certificate pinned, string purpose, ChainValidator chains)
{
    /// <summary>The certificate that the settings name.</summary>
    public Certificate Certificate => pinned;

    /// <summary>Demands that this service protects a message.</summary>
    /// <exception cref="CmpInvalidException">It does not.</exception>
    public void Require(CmpMessage message, DateTimeOffset now)
    {
        var presented = CmpSigners.Read(message.ExtraCertificates is [var first, ..] ? first : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the message names no signer"));
        if (!IsOrFollows(presented))
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, $"the message is not {pinned.Subject}'s");
        }

        var policy = new ChainPolicy(now) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = purpose };
        if (chains.Validate(presented, policy).Fault is { } fault)
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, $"the certificate of {pinned.Subject} is not accepted: {fault}");
        }

        if (!message.IsSignedBy(presented.PublicKey))
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, $"the protection by {pinned.Subject} does not verify");
        }
    }

    private bool IsOrFollows(Certificate presented) => presented.Equals(pinned)
        || (presented.Subject.Equals(pinned.Subject) && presented.Issuer.Equals(pinned.Issuer) && presented.NotAfter > pinned.NotAfter);
}
