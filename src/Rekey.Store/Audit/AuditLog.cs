using Microsoft.EntityFrameworkCore;

namespace Rekey.Store.Audit;

/// <summary>Reads an authority's audit log: heads and proofs, for operators, witnesses and whoever holds an entry.</summary>
public sealed class AuditLog<TContext>(IDbContextFactory<TContext> store)
    where TContext : AuthorityDbContext
{
    /// <summary>The latest signed head as a note; null while there is none.</summary>
    public async Task<string?> LatestCheckpointAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        return await db.Set<AuditCheckpointRow>().OrderByDescending(c => c.Size).Select(c => c.Note).FirstOrDefaultAsync(ct);
    }

    /// <summary>Proof that an entry is in a tree of the log.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="size">The tree's size; one that a checkpoint has.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<IReadOnlyList<byte[]>> InclusionProofAsync(long index, long size, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        await using var db = await store.CreateDbContextAsync(ct);
        return await AuditTree.Open(db, size).InclusionAsync(index, ct);
    }

    /// <summary>Proof that a tree of the log is the beginning of a later one.</summary>
    public async Task<IReadOnlyList<byte[]>> ConsistencyProofAsync(long oldSize, long newSize, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        await using var db = await store.CreateDbContextAsync(ct);
        return await AuditTree.Open(db, newSize).ConsistencyAsync(oldSize, ct);
    }

    /// <summary>Erases the personal data of entries about a target. The log itself is not touched; its commitments stay.</summary>
    /// <returns>How many values are gone.</returns>
    public async Task<int> EraseAsync(string target, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        return await db.Set<AuditPersonalRow>()
            .Where(p => db.Set<AuditEntryRow>().Any(e => e.Writer == p.Writer && e.Counter == p.Counter && e.Target == target))
            .ExecuteDeleteAsync(ct);
    }

    /// <summary>Writes the whole log for <see cref="AuditVerifier"/>: one JSON object a line.</summary>
    public async Task ExportAsync(Stream output, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        // Without a transaction, which would keep writers out of SQLite: what lies below the size does not change any more.
        var size = await db.Set<AuditCheckpointRow>().MaxAsync(c => (long?)c.Size, ct) ?? 0;
        await using var writer = new AuditExportWriter(output);
        await foreach (var checkpoint in db.Set<AuditCheckpointRow>().AsNoTracking().Where(c => c.Size <= size).OrderBy(c => c.Size).AsAsyncEnumerable().WithCancellation(ct))
        {
            writer.Write(new AuditExportLine { Checkpoint = checkpoint.Note });
        }

        var tree = AuditTree.Open(db, size);
        for (var from = 0L; from < size; from += TiledTree.Width)
        {
            var rows = await db.Set<AuditEntryRow>().AsNoTracking()
                .Where(e => e.LeafIndex >= from && e.LeafIndex < from + TiledTree.Width).OrderBy(e => e.LeafIndex).ToListAsync(ct);
            var personal = await PersonalAsync(db, from, ct);
            foreach (var row in rows)
            {
                writer.Write(new AuditExportLine
                {
                    Entry = row.LeafIndex,
                    Body = row.Body,
                    Mac = row.Mac,
                    Leaf = await tree.LeafAsync(row.LeafIndex!.Value, ct),
                    Personal = personal[(row.Writer, row.Counter)].ToDictionary(p => p.Field, p => new AuditExportValue(p.Salt, p.Value)),
                });
            }
        }
    }

    private static async Task<ILookup<(Guid, long), AuditPersonalRow>> PersonalAsync(TContext db, long from, CancellationToken ct) =>
        (await (from p in db.Set<AuditPersonalRow>().AsNoTracking()
                join e in db.Set<AuditEntryRow>() on new { p.Writer, p.Counter } equals new { e.Writer, e.Counter }
                where e.LeafIndex >= @from && e.LeafIndex < @from + TiledTree.Width
                select p).ToListAsync(ct)).ToLookup(p => (p.Writer, p.Counter));
}
