using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.Inner;

/// <summary>
/// The one CA that this centre serves: the CMP signer that the settings name, and later ones of the same name by the same issuer, because
/// the CA renews its own certificate by itself.
/// </summary>
/// <param name="signer">The signer's certificate at the time of the settings.</param>
/// <param name="chains">Leads to the institution's roots.</param>
public sealed class CaTrust(Certificate signer, ChainValidator chains)
{
    /// <summary>Demands that the CA protects a message.</summary>
    /// <exception cref="CmpInvalidException">It does not.</exception>
    public void Require(CmpMessage message, DateTimeOffset now)
    {
        message.RequireTransaction();
        message.RequireTime(now);
        var presented = Read(message.ExtraCertificates is [var first, ..] ? first : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the message names no signer"));
        if (!IsOrFollows(presented))
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "only the CA is served here");
        }

        var policy = new ChainPolicy(now) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = Oids.CmcCa };
        if (chains.Validate(presented, policy).Fault is { } fault)
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, $"the CA's certificate is not accepted: {fault}");
        }

        if (!message.IsSignedBy(presented.PublicKey))
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the CA's protection does not verify");
        }
    }

    private bool IsOrFollows(Certificate presented) => presented.Equals(signer)
        || (presented.Subject.Equals(signer.Subject) && presented.Issuer.Equals(signer.Issuer) && presented.NotAfter > signer.NotAfter);

    private static Certificate Read(byte[] der)
    {
        try
        {
            var certificate = KnownCertificates.Read(der);
            _ = certificate.PublicKey;
            return certificate;
        }
        catch (Exception e) when (e is MalformedException or UnsupportedKeyException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the signer's certificate cannot be read", e);
        }
    }
}
