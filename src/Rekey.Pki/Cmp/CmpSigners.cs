using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>Certificates that protect messages.</summary>
public static class CmpSigners
{
    /// <summary>Reads one out of extraCerts, with its key, or finds it read.</summary>
    /// <exception cref="CmpInvalidException">Not a certificate, or with a key of no kind that is known here.</exception>
    public static Certificate Read(byte[] der)
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
