using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Rekey.Store.Jobs;

/// <summary>
/// Claims due jobs and does them. Any number of processes may run it: a claim is one statement, which in PostgreSQL skips what others
/// are claiming and in SQLite is alone anyway.
/// </summary>
public sealed partial class JobRunner<TContext>(
    IDbContextFactory<TContext> store, IEnumerable<JobDefinition> definitions, TimeProvider time, ILogger<JobRunner<TContext>> log)
    where TContext : AuthorityDbContext
{
    private const int Batch = 10;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(30);

    private readonly Dictionary<string, JobDefinition> known = definitions.ToDictionary(d => d.Name);

    /// <summary>Makes sure that recurring jobs have their row.</summary>
    public async Task SeedAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        foreach (var definition in known.Values.Where(d => d.Every is not null))
        {
            var insert = string.Concat("insert into ", db.Qualified("jobs"), " (name, key, due_at, failures) values ({0}, '', {1}, 0) on conflict do nothing");
            await db.Database.ExecuteSqlRawAsync(insert, [definition.Name, db.Parameter(time.GetUtcNow())], ct);
        }
    }

    /// <summary>Claims what is due and does it.</summary>
    /// <returns>How many jobs were claimed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var claimed = await ClaimAsync(ct);
        foreach (var row in claimed)
        {
            await DoAsync(row, ct);
        }

        return claimed.Count;
    }

    private async Task<List<JobRow>> ClaimAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var names = known.Keys.ToList();
        if (!await Due(db, now, names).AnyAsync(ct))
        {
            return []; // without taking the write lock
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ids = await DueIdsAsync(db, now, ct);
        var rows = await db.Set<JobRow>().Where(j => ids.Contains(j.Id) && names.Contains(j.Name)).ToListAsync(ct);
        foreach (var row in rows)
        {
            row.LeasedUntil = now + known[row.Name].Lease;
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return rows;
    }

    private static IQueryable<JobRow> Due(TContext db, DateTimeOffset now, List<string> names) => db.Set<JobRow>()
        .Where(j => names.Contains(j.Name) && j.DueAt <= now && (j.LeasedUntil == null || j.LeasedUntil < now));

    private static async Task<List<long>> DueIdsAsync(TContext db, DateTimeOffset now, CancellationToken ct)
    {
        var select = string.Concat(
            "select id from ", db.Qualified("jobs"), " where due_at <= {0} and (leased_until is null or leased_until < {0}) order by due_at limit {1}",
            db.Database.IsNpgsql() ? " for update skip locked" : "");
        return await db.Database.SqlQueryRaw<long>(select, db.Parameter(now), Batch).ToListAsync(ct);
    }

    private async Task DoAsync(JobRow row, CancellationToken ct)
    {
        var definition = known[row.Name];
        string? error = null;
        try
        {
            await definition.Run(row.Key, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await MarkAsync(row, definition, "interrupted", CancellationToken.None);
            throw;
        }
#pragma warning disable CA1031 // whatever failed is written to the row, and the job is tried again
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(log, row.Name, row.Key, row.Failures + 1, e);
            error = $"{e.GetType().Name}: {e.Message}";
        }

        await MarkAsync(row, definition, error, CancellationToken.None);
    }

    private async Task MarkAsync(JobRow row, JobDefinition definition, string? error, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var mine = db.Set<JobRow>().Where(j => j.Id == row.Id && j.LeasedUntil == row.LeasedUntil); // unless another took over
        if (error is null && definition.Every is null)
        {
            await mine.ExecuteDeleteAsync(ct);
            return;
        }

        var failures = error is null ? 0 : row.Failures + 1;
        var backoff = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        var next = error is null ? now + definition.Every!.Value : now + (backoff < LongestRetry ? backoff : LongestRetry);
        var text = error is { Length: > 1000 } ? error[..1000] : error;
        DateTimeOffset? done = error is null ? now : row.LastDoneAt;
        await mine.ExecuteUpdateAsync(
            u => u.SetProperty(j => j.DueAt, next).SetProperty(j => j.LeasedUntil, (DateTimeOffset?)null)
                .SetProperty(j => j.Failures, failures).SetProperty(j => j.LastError, text).SetProperty(j => j.LastDoneAt, done),
            ct);
    }

    [LoggerMessage(7101, LogLevel.Error, "Job {Name} {Key} failed for the {Failures}. time in a row; it is tried again")]
    private static partial void LogFailed(ILogger logger, string name, string key, int failures, Exception e);
}
