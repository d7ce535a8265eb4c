using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Rekey.Store.Audit;

namespace Rekey.Store;

/// <summary>
/// One act of an authority: a transaction, and the audit entries that account for it, which are committed with it or not at all.
/// Disposing without <see cref="CommitAsync"/> undoes everything.
/// </summary>
/// <typeparam name="TContext">The authority's context.</typeparam>
public sealed class Act<TContext> : IAsyncDisposable
    where TContext : AuthorityDbContext
{
    private readonly AuditTrail trail;
    private readonly IDbContextTransaction transaction;
    private readonly List<AuditEvent> events = [];
    private bool ended;

    internal Act(TContext db, IDbContextTransaction transaction, AuditTrail trail)
    {
        Db = db;
        this.transaction = transaction;
        this.trail = trail;
    }

    /// <summary>The store, within the transaction.</summary>
    public TContext Db { get; }

    /// <summary>Adds an audit entry; written at the commit.</summary>
    public void Record(AuditEvent e) => events.Add(e);

    /// <summary>Saves what is pending, writes the audit entries and commits. After it returned, the act is durable.</summary>
    /// <exception cref="DbUpdateException">Refused by the database; nothing is durable.</exception>
    public async Task CommitAsync(CancellationToken ct)
    {
        if (ended)
        {
            throw new InvalidOperationException("this act has ended");
        }

        ended = true;
        var writer = trail.Borrow();
        AuditWriter.Position end;
        try
        {
            var (entries, personal, position) = trail.Rows(writer, events);
            end = position;
            Db.Set<AuditEntryRow>().AddRange(entries);
            Db.Set<AuditPersonalRow>().AddRange(personal);
            await Db.SaveChangesAsync(ct);
        }
        catch
        {
            trail.Return(writer); // nothing of it was committed: the chain stands where it stood
            throw;
        }

        // COMMIT. From here on it is not cancelled: an answer that is lost on the way leaves open whether the chain advanced, and
        // such a writer is given up rather than used again.
        await transaction.CommitAsync(CancellationToken.None);
        writer.Advance(end);
        trail.Return(writer);
        if (events.Count > 0)
        {
            trail.Health.Wrote();
            trail.Signal();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Db.DisposeAsync();
    }
}

/// <summary>Begins acts.</summary>
public sealed class Acts<TContext>(IDbContextFactory<TContext> store, AuditTrail trail)
    where TContext : AuthorityDbContext
{
    /// <summary>The log that the acts write.</summary>
    public AuditTrail Trail => trail;

    /// <summary>Begins an act: a transaction (read committed; in SQLite immediate, that is, alone).</summary>
    public async Task<Act<TContext>> BeginAsync(CancellationToken ct)
    {
        var db = await store.CreateDbContextAsync(ct);
        try
        {
            return new(db, await db.Database.BeginTransactionAsync(ct), trail);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    /// <summary>An act that is nothing but its audit entry, for example a refusal.</summary>
    public async Task RecordAsync(AuditEvent e, CancellationToken ct)
    {
        await using var act = await BeginAsync(ct);
        act.Record(e);
        await act.CommitAsync(ct);
    }
}
