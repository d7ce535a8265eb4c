using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>
/// Finds subscribers among very many, page by page. What is rare is looked up in its index, collected and sorted; what is common is met
/// soon by walking in the order of the list. Which of the two it is shows while it is counted, as far as <see cref="CountLimit"/>.
/// </summary>
public sealed class FindSubscribers(IDbContextFactory<RaDbContext> contexts)
{
    /// <summary>How far is counted.</summary>
    public const int CountLimit = 10_000;

    /// <summary>How far this one counts.</summary>
    internal int Limit { get; init; } = CountLimit;

    /// <summary>A page of subscribers.</summary>
    /// <param name="query">Whom, and in which order.</param>
    /// <param name="scope">Whom the operator may see; nobody else is found.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<SubscriberPage> FindAsync(SubscriberQuery query, OperatorScope scope, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var reading = await ReadAsync(db, cancel);
        var (rows, total) = await HitsAsync(db, query, scope, cancel);
        var size = Math.Clamp(query.Size, 1, SubscriberQuery.MostRows);
        var (places, before, after) = await new KeysetPage(rows, query.Sort, query.Descending).TakeAsync(Place.Read(query.Cursor, query.Sort), query.Backwards, size, cancel);
        return new(
            await ItemsAsync(db, places, cancel),
            total,
            before && places.Count > 0 ? places[0].ToString() : null,
            after && places.Count > 0 ? places[^1].ToString() : null);
    }

    /// <summary>All rows of a list in its order, for a file; the page and its size do not matter.</summary>
    /// <param name="query">Whom, and in which order.</param>
    /// <param name="scope">Whom the operator may see.</param>
    /// <param name="cancel">Cancels.</param>
    public async IAsyncEnumerable<SubscriberListItem> AllAsync(SubscriberQuery query, OperatorScope scope, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var reading = await ReadAsync(db, cancel);
        var page = new KeysetPage((await HitsAsync(db, query, scope, cancel)).Rows, query.Sort, query.Descending);
        var (from, after) = ((Place?)null, true);
        while (after)
        {
            (var places, _, after) = await page.TakeAsync(from, backwards: false, SubscriberQuery.MostRows, cancel);
            from = places.Count > 0 ? places[^1] : null;
            foreach (var item in await ItemsAsync(db, places, cancel))
            {
                yield return item;
            }
        }
    }

    private async Task<(IQueryable<Subscriber> Rows, BoundedCount Total)> HitsAsync(RaDbContext db, SubscriberQuery query, OperatorScope scope, CancellationToken cancel)
    {
        var text = SearchText.Read(query.Text);
        var (all, narrowed) = Filtered(db, query, scope);
        if (narrowed || text is null)
        {
            // An operator of a small region asks for a common word: her region is the shorter way.
            var some = await SomeAsync(all.Select(s => s.Id), cancel);
            if (some.Count <= Limit)
            {
                some = text is null ? some : await Among(db, some).Where(Conditions.Any([.. SearchWay.Of(db, text).Select(w => w.Matches)])).Select(s => s.Id).ToListAsync(cancel);
                return (Among(db, some), new(some.Count, false));
            }

            if (text is null)
            {
                return (all, new(Limit, true));
            }
        }

        var ways = SearchWay.Of(db, text);
        var found = new HashSet<long>();
        foreach (var way in ways)
        {
            found.UnionWith(await SomeAsync(way.Ids(all), cancel));
            if (found.Count > Limit)
            {
                return (all.Where(Conditions.Any([.. ways.Select(w => w.Matches)])), new(Limit, true));
            }
        }

        return (Among(db, [.. found]), new(found.Count, false));
    }

    private static (IQueryable<Subscriber> Rows, bool Narrowed) Filtered(RaDbContext db, SubscriberQuery query, OperatorScope scope)
    {
        var all = db.Subscribers.AsNoTracking();
        var rows = scope.IsAll ? all : all.Where(scope.Filter());
        // Literals, because an index of the few cancelled ones is taken for no parameter.
        rows = query.State switch
        {
            SubscriberState.Cancelled => rows.Where(s => s.State == SubscriberState.Cancelled),
            SubscriberState.Registered => rows.Where(s => s.State == SubscriberState.Registered),
            _ => rows,
        };
        rows = query.Kind is { } kind ? rows.Where(s => s.Kind == kind) : rows;
        rows = query.Institution is { } code ? rows.Where(s => s.CreditCode == code) : rows;
        rows = query.ExpiresFrom is { } from ? rows.Where(s => s.ExpiresAt >= from) : rows;
        rows = query.ExpiresBefore is { } before ? rows.Where(s => s.ExpiresAt < before) : rows;
        if (query.TokenModel is { } model)
        {
            var holders = db.Certificates.Where(c => c.Token!.Model == model && (c.State == CertificateState.Active || c.State == CertificateState.Held)).Select(c => c.SubscriberId);
            rows = rows.Where(s => holders.Contains(s.Id));
        }

        return (rows, !ReferenceEquals(rows, all));
    }

    private Task<List<long>> SomeAsync(IQueryable<long> ids, CancellationToken cancel) => ids.Take(Limit + 1).ToListAsync(cancel);

    private static IQueryable<Subscriber> Among(RaDbContext db, List<long> ids) => db.Subscribers.AsNoTracking().Where(s => EF.Parameter(ids).Contains(s.Id));

    private static async Task<IReadOnlyList<SubscriberListItem>> ItemsAsync(RaDbContext db, IReadOnlyList<Place> places, CancellationToken cancel)
    {
        var ids = places.Select(p => p.Id).ToList();
        var rows = await Among(db, ids).ToDictionaryAsync(s => s.Id, cancel);
        // Halves are left out here and not there: SQLite would take the index of pairs, in which every certificate without one is the same.
        var certificates = await db.Certificates.AsNoTracking()
            .Where(c => EF.Parameter(ids).Contains(c.SubscriberId) && (c.State == CertificateState.Active || c.State == CertificateState.Held))
            .Select(c => new { c.SubscriberId, c.PairOfId, c.NotBefore, c.NotAfter, c.Profile, c.State, c.Token }).ToListAsync(cancel);
        var inUse = certificates.Where(c => c.PairOfId is null).GroupBy(c => c.SubscriberId).ToDictionary(g => g.Key, g => g.MaxBy(c => c.NotAfter)!);
        return [.. ids.Where(rows.ContainsKey).Select(id => rows[id]).Select(s => new SubscriberListItem(
            s.StableId, s.DisplayName, s.Kind, s.State, s.CreditCode, s.ContactName, s.ContactPhone,
            inUse.TryGetValue(s.Id, out var c) ? new(c.NotBefore, c.NotAfter, c.Profile, c.State == CertificateState.Held, TokenName(c.Token), c.Token?.SerialNumber) : null))];
    }

    private static string? TokenName(Renewal.TokenIdentityColumns? token) => token is null ? null : $"{token.Manufacturer} {token.Model}";

    // What is rare and what is common want different plans, so each question gets its own, and none is so long that compiling it would pay.
    // One moment for count and page. SQLite has one plan, and a transaction would be a writer's.
    private static async Task<IDbContextTransaction?> ReadAsync(RaDbContext db, CancellationToken cancel)
    {
        if (!db.Database.IsNpgsql())
        {
            return null;
        }

        var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await db.Database.ExecuteSqlRawAsync("set local jit = off; set local plan_cache_mode = force_custom_plan", cancel);
        return transaction;
    }
}
