using Rekey.Pki.Cmp;

namespace Rekey.Ra.Cmp;

/// <summary>Who the RA is towards its CA and towards clients.</summary>
/// <param name="Signer">The key and certificate (EKU id-kp-cmcRA) that protect nested messages and the RA's own error messages.</param>
/// <param name="CaName">DER of the issuing CA's name.</param>
public sealed record RaIdentity(CmpSigner Signer, byte[] CaName)
{
    /// <summary>The key and certificate (EKU id-kp-cmcRA) that protect nested messages and the RA's own error messages; others after their renewal.</summary>
    public CmpSigner Signer { get; internal set; } = Signer;
}
