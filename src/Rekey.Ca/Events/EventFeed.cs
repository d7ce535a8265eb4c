using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;

namespace Rekey.Ca.Events;

/// <summary>The CA's events in order, for those who follow them.</summary>
public sealed class EventFeed(IDbContextFactory<CaDbContext> store)
{
    private const string NumberPostgres =
        """
        with numbered as (select id, row_number() over (order by id) as n from ca.events where sequence is null)
        update ca.events as e set sequence = {0} + numbered.n from numbered where e.id = numbered.id
        """;

    private const string NumberSqlite =
        """
        with numbered as (select id, row_number() over (order by id) as n from events where sequence is null)
        update events as e set sequence = {0} + numbered.n from numbered where e.id = numbered.id
        """;

    /// <summary>Events after a number, oldest first, with their certificates; numbers those that have none yet.</summary>
    /// <param name="after">Number of the last event that the caller has; 0 for all.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<IReadOnlyList<EventRecord>> ReadAsync(long after, int limit, CancellationToken ct)
    {
        await NumberAsync(ct);
        await using var db = await store.CreateDbContextAsync(ct);
        return await db.Events.AsNoTracking().Include(e => e.Certificate.Issuer).Include(e => e.Certificate.PairOf)
            .Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(limit).ToListAsync(ct);
    }

    /// <summary>Numbers the events that have none yet, in the order in which they became visible.</summary>
    public async Task NumberAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        if (!await db.Events.AnyAsync(e => e.Sequence == null, ct))
        {
            return; // without taking the write lock
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockAsync("events", ct); // one at a time, until the commit, so that the next one sees our numbers
        var last = await db.Events.MaxAsync(e => e.Sequence, ct) ?? 0;
        await db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? NumberPostgres : NumberSqlite, [last], ct);
        await transaction.CommitAsync(ct);
    }
}
