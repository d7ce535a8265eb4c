using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Store;

namespace Rekey.Testing.Faults;

/// <summary>
/// What must hold in and between the stores of CA, RA and key-management centre after any fault. Everything is compared with what it must follow from: states
/// with events, the RA with the CA, both with the published status, the audit log with its own tree.
/// </summary>
internal static partial class StoreInvariants
{
    /// <summary>How long the RA may need to follow, and the audit log to give an entry its place.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>All rules that are broken, in English; empty when the stores are well.</summary>
    /// <param name="view">The stores.</param>
    /// <param name="holder">Stable identifier of the one holder to look at, or null for all; the audit tree is checked only for all.</param>
    public static async Task<IReadOnlyList<string>> BrokenAsync(StoreView view, string? holder = null)
    {
        var findings = new Findings();
        await FollowAsync(view, findings);
        await using var ca = await view.Ca.CreateDbContextAsync();
        await using var ra = await view.Ra.CreateDbContextAsync();
        var chains = await ChainsAsync(ca, holder);
        var events = await EventsAsync(ca, chains);
        foreach (var certificate in chains)
        {
            await CheckCertificateAsync(view, ca, certificate, events[certificate.Id].ToList(), findings);
        }

        CheckChains(chains, findings);
        await CheckKmcAsync(view, chains, findings);
        await CheckRaAsync(view, ra, chains, holder, findings);
        await CheckPublishedAsync(view, chains, findings);
        if (holder is null)
        {
            await CheckAuditAsync(view, ca, findings);
            await CheckSearchAsync(ra, findings);
        }

        return findings.All;
    }

    private static Task<List<CertificateRecord>> ChainsAsync(CaDbContext ca, string? holder) => ca.Certificates.AsNoTracking()
        .Where(c => holder == null || c.SubscriberId == holder).OrderBy(c => c.Id).ToListAsync();

    private static string Name(CertificateRecord c) => $"certificate {c.Id} of {c.SubscriberId}";

    /// <summary>Collects what is wrong.</summary>
    private sealed class Findings
    {
        private readonly List<string> all = [];

        public IReadOnlyList<string> All => all;

        public void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                all.Add(otherwise);
            }
        }
    }
}
