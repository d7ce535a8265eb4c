using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>Who the CA is in CMP.</summary>
internal sealed class CaIdentity(CertificationAuthority ca, IDbContextFactory<CaDbContext> contexts) : IDisposable
{
    private readonly SemaphoreSlim once = new(1);
    private IReadOnlyDictionary<string, int>? issuerIds;

    /// <summary>Key and chain (EKU id-kp-cmcCA) that protect all answers.</summary>
    public CmpSigner Signer { get; } = CmpSigner.Of(ca.Cmp.Key, [ca.Cmp.Certificate.Encoded.ToArray(), .. Path(ca, ca.Cmp.Certificate)]);

    /// <summary>The CA certificates above an issued certificate, the root last, DER.</summary>
    public IReadOnlyList<byte[]> Above(Certificate issued) => [.. Path(ca, issued)];

    /// <summary>The store's number of an issuing CA.</summary>
    /// <param name="name">Its name in the configuration.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<int> IssuerIdAsync(string name, CancellationToken cancel)
    {
        if (issuerIds is { } known)
        {
            return known[name];
        }

        await once.WaitAsync(cancel);
        try
        {
            return (issuerIds ??= await LoadIdsAsync(cancel))[name];
        }
        finally
        {
            once.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => once.Dispose();

    private async Task<IReadOnlyDictionary<string, int>> LoadIdsAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var ids = new Dictionary<string, int>();
        foreach (var issuer in ca.Issuers)
        {
            var sha256 = issuer.Certificate.Sha256;
            var row = await db.Issuers.SingleOrDefaultAsync(i => i.Sha256 == sha256, cancel) ?? db.Issuers.Add(new IssuerRecord
            {
                Name = issuer.Name,
                Kind = IssuerKind.Own,
                SubjectDer = issuer.Certificate.Subject.Encoded.ToArray(),
                Der = issuer.Certificate.Encoded.ToArray(),
                Sha256 = sha256,
            }).Entity;
            await db.SaveChangesAsync(cancel);
            ids[issuer.Name] = row.Id;
        }

        return ids;
    }

    private static IEnumerable<byte[]> Path(CertificationAuthority ca, Certificate leaf)
    {
        var issuer = ca.Issuers.First(i => i.Certificate.Subject.Equals(leaf.Issuer)).Certificate;
        var path = ca.Chains.Validate(issuer, new ChainPolicy(issuer.NotBefore)).Path;
        return path.Select(c => c.Encoded.ToArray());
    }
}
