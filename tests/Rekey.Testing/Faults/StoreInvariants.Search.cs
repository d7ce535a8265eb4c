using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers.Search;
using RaState = Rekey.Ra.Subscribers.CertificateState;

namespace Rekey.Testing.Faults;

/// <content>What the RA's database keeps for the search beside what it follows from.</content>
internal static partial class StoreInvariants
{
    /// <summary>All rules of the search's indexes that are broken.</summary>
    public static async Task<IReadOnlyList<string>> SearchAsync(RaDbContext ra)
    {
        var findings = new Findings();
        await CheckSearchAsync(ra, findings);
        return findings.All;
    }

    private static async Task CheckSearchAsync(RaDbContext ra, Findings findings)
    {
        var subscribers = await ra.Subscribers.AsNoTracking().Select(s => new
        {
            s.StableId,
            s.DisplayName,
            s.ExpiresAt,
            Expected = ra.Certificates.Where(c => c.SubscriberId == s.Id && c.PairOfId == null && (c.State == RaState.Active || c.State == RaState.Held)).Max(c => (DateTimeOffset?)c.NotAfter),
        }).ToListAsync();
        foreach (var s in subscribers.Where(s => s.ExpiresAt != s.Expected))
        {
            findings.Demand(false, $"subscriber {s.StableId} expires at {s.ExpiresAt}, and its certificates at {s.Expected}");
        }

        var expected = subscribers.SelectMany(s => Grams(s.DisplayName)).GroupBy(g => g).ToDictionary(g => g.Key, g => (long)g.Count());
        var kept = ra.Database.IsSqlite() ? await SqliteGramsAsync(ra) : await PostgresGramsAsync(ra);
        foreach (var gram in expected.Keys.Union(kept.Keys).Where(g => expected.GetValueOrDefault(g) != kept.GetValueOrDefault(g)))
        {
            findings.Demand(false, $"{kept.GetValueOrDefault(gram)} names have \"{gram}\" by the index, and {expected.GetValueOrDefault(gram)} by themselves");
        }
    }

    // Every two neighbouring characters, and the last one alone.
    private static IEnumerable<string> Grams(string name)
    {
        var runes = SearchText.Small(name).EnumerateRunes().Select(r => r.ToString()).ToList();
        return SearchText.Grams(string.Concat(runes)).Append(runes[^1]).Distinct();
    }

    private static async Task<Dictionary<string, long>> SqliteGramsAsync(RaDbContext ra)
    {
        await ra.Database.OpenConnectionAsync();
        await ra.Database.ExecuteSqlRawAsync("create virtual table if not exists temp.subscriber_name_grams using fts5vocab('main', 'subscriber_names', 'row')");
        var rows = await ra.Database.SqlQuery<GramCount>($"select term as gram, doc as count from temp.subscriber_name_grams").ToListAsync();
        return rows.ToDictionary(r => System.Text.Encoding.UTF8.GetString(Convert.FromHexString(r.Gram.ToUpperInvariant())), r => r.Count);
    }

    // The index is PostgreSQL's own affair; what it is over is compared.
    private static async Task<Dictionary<string, long>> PostgresGramsAsync(RaDbContext ra)
    {
        var rows = await ra.Database.SqlQuery<GramCount>($"""
            select g as gram, count(*) as count from ra.subscribers s, unnest(ra.name_grams(s.display_name)) g
            where length(g) = 2 or g = right(lower(s.display_name), 1) group by g
            """).ToListAsync();
        return rows.ToDictionary(r => r.Gram, r => r.Count);
    }

    private sealed record GramCount(string Gram, long Count);
}
