using System.Collections.Concurrent;
using Rekey.Ca.Issuers;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>Who the CA is in CMP.</summary>
internal sealed class CaIdentity(CertificationAuthority ca)
{
    /// <summary>Key and chain (EKU id-kp-cmcCA) that protect all answers.</summary>
    public CmpSigner Signer { get; } = CmpSigner.Of(ca.Cmp.Key, [ca.Cmp.Certificate.Encoded.ToArray(), .. Path(ca, ca.Cmp.Certificate)]);

    private readonly ConcurrentDictionary<Certificate, byte[][]> above = new();

    /// <summary>The CA certificates above an issued certificate, the root last, DER.</summary>
    public IReadOnlyList<byte[]> Above(Certificate issued) =>
        above.GetOrAdd(ca.Issuers.First(i => i.Certificate.Subject.Equals(issued.Issuer)).Certificate, _ => [.. Path(ca, issued)]);

    private static IEnumerable<byte[]> Path(CertificationAuthority ca, Certificate leaf)
    {
        var issuer = ca.Issuers.First(i => i.Certificate.Subject.Equals(leaf.Issuer)).Certificate;
        var path = ca.Chains.Validate(issuer, new ChainPolicy(issuer.NotBefore)).Path;
        return path.Select(c => c.Encoded.ToArray());
    }
}
