using System.Collections.Concurrent;
using Rekey.Ca.Issuers;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>Who the CA is in CMP.</summary>
internal sealed class CaIdentity(CertificationAuthority ca)
{
    private volatile Kept kept = Keep(ca);

    /// <summary>Key and chain (EKU id-kp-cmcCA) that protect all answers; others after a renewal.</summary>
    public CmpSigner Signer => (ReferenceEquals(kept.Of, ca.Cmp) ? kept : kept = Keep(ca)).Signer;

    private readonly ConcurrentDictionary<Certificate, byte[][]> above = new();

    /// <summary>The CA certificates above an issued certificate, the root last, DER.</summary>
    public IReadOnlyList<byte[]> Above(Certificate issued) =>
        above.GetOrAdd(ca.Issuers.First(i => i.Certificate.Subject.Equals(issued.Issuer)).Certificate, _ => [.. Path(ca, issued)]);

    private static Kept Keep(CertificationAuthority ca)
    {
        var cmp = ca.Cmp;
        return new(cmp, CmpSigner.Of(cmp.Key, [cmp.Certificate.Encoded.ToArray(), .. Path(ca, cmp.Certificate)]));
    }

    private static IEnumerable<byte[]> Path(CertificationAuthority ca, Certificate leaf)
    {
        var issuer = ca.Issuers.First(i => i.Certificate.Subject.Equals(leaf.Issuer)).Certificate;
        var path = ca.Chains.Validate(issuer, new ChainPolicy(issuer.NotBefore)).Path;
        return path.Select(c => c.Encoded.ToArray());
    }

    private sealed record Kept(Identity Of, CmpSigner Signer);
}
