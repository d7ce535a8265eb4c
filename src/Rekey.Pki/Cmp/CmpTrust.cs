using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>
/// The CAs that this computer trusts, from its own configuration and never from a message. A message may carry certificates that
/// lead to them, nothing more.
/// </summary>
public sealed class CmpTrust
{
    private readonly ChainValidator validator;

    private CmpTrust(IReadOnlyList<Certificate> anchors) => validator = new(anchors, []);

    /// <summary>Trust in all certificates of a PEM text.</summary>
    /// <exception cref="MalformedException">No certificate in it, or one that cannot be read.</exception>
    public static CmpTrust FromPem(string pem)
    {
        var certificates = Certificate.FromPem(pem);
        return certificates.Count > 0 ? new(certificates) : throw new MalformedException("there is no certificate in the text");
    }

    /// <summary>Demands that a message is signed by a CMP signer of a trusted CA (EKU id-kp-cmcCA, RFC 9483 section 1.5).</summary>
    /// <exception cref="CmpInvalidException">It is not.</exception>
    public void RequireProtection(CmpMessage message, DateTimeOffset now) => RequireProtection(message, Oids.CmcCa, now);

    /// <summary>Who signed an error message: a trusted CA's CMP signer, or one of its RAs (EKU id-kp-cmcRA), which may refuse but not grant.</summary>
    /// <returns>True for the CA.</returns>
    /// <exception cref="CmpInvalidException">Neither.</exception>
    public bool RequireRefusalProtection(CmpMessage message, DateTimeOffset now)
    {
        try
        {
            RequireProtection(message, Oids.CmcCa, now);
            return true;
        }
        catch (CmpInvalidException)
        {
            RequireProtection(message, Oids.CmcRa, now);
            return false;
        }
    }

    private void RequireProtection(CmpMessage message, string purpose, DateTimeOffset now)
    {
        if (message.ExtraCertificates.Count == 0)
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, "the answer names no signer");
        }

        var signer = Read(message.ExtraCertificates[0]);
        var policy = new ChainPolicy(now) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = purpose };
        RequireChain(signer, message.ExtraCertificates, policy);
        if (!message.IsSignedBy(signer.PublicKey))
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the answer's protection does not verify");
        }
    }

    /// <summary>Demands that a certificate leads to a trusted CA.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="helpers">Certificates that may lie between.</param>
    /// <param name="now">The time at which all must be valid.</param>
    /// <exception cref="CmpInvalidException">It does not.</exception>
    public void RequireChain(Certificate certificate, IEnumerable<byte[]> helpers, DateTimeOffset now) =>
        RequireChain(certificate, helpers, new ChainPolicy(now));

    private void RequireChain(Certificate certificate, IEnumerable<byte[]> helpers, ChainPolicy policy)
    {
        if (validator.Validate(certificate, policy, helpers.Select(Read)).Fault is { } fault)
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, $"{certificate.Subject} is not trusted: {fault}");
        }
    }

    private static Certificate Read(byte[] der)
    {
        try
        {
            return Certificate.FromDer(der);
        }
        catch (MalformedException e)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "a certificate in the message cannot be read", e);
        }
    }
}
