using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Notes;

namespace Rekey.Store.Audit;

/// <summary>
/// Gives committed entries their place in the tree and signs the tree's head. Any number of processes may run it; a lock in the
/// database lets one work at a time. A row whose MAC, chain or counter is wrong is refused and stays where it is, which raises the
/// alarm and in the end stops the issuing: an altered row must not become part of the log that vouches for it.
/// </summary>
public sealed class AuditSequencer<TContext>(IDbContextFactory<TContext> store, AuditTrail trail, TimeProvider time)
    where TContext : AuthorityDbContext
{
    /// <summary>Entries of one run.</summary>
    internal const int Batch = 2000;

    private readonly byte[] macKey = AuditTrail.MacKey(trail.Options.Key);

    /// <summary>Sequences what is waiting, at most some thousand entries.</summary>
    /// <returns>How many entries found their place.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        if (!await Unsequenced(db).AnyAsync(ct))
        {
            trail.Health.Looked(null, null);
            return 0; // without taking the write lock
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!await db.TryLockAsync("audit", ct))
        {
            var oldest = await Unsequenced(db).Select(e => (DateTimeOffset?)e.At).MinAsync(ct);
            trail.Health.Looked(oldest, trail.Health.Fault);
            return 0;
        }

        var rows = await Unsequenced(db).AsNoTracking().OrderBy(e => e.Id).Take(Batch).ToListAsync(ct);
        var (accepted, refused) = await CheckAsync(db, rows, ct);
        if (accepted.Count > 0)
        {
            await AppendAsync(db, accepted, ct);
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        var waiting = await Unsequenced(db).Select(e => (DateTimeOffset?)e.At).MinAsync(ct);
        trail.Health.Looked(waiting, refused);
        return accepted.Count;
    }

    private static IQueryable<AuditEntryRow> Unsequenced(TContext db) => db.Set<AuditEntryRow>().Where(e => e.LeafIndex == null);

    /// <summary>Checks each row against its writer's chain. Rows of one writer come in order, because a writer commits one act after the other.</summary>
    private async Task<(List<(AuditEntryRow Row, byte[] Hash)> Accepted, string? Refused)> CheckAsync(
        TContext db, List<AuditEntryRow> rows, CancellationToken ct)
    {
        var ids = rows.Select(r => r.Writer).Distinct().ToList();
        var writers = await db.Set<AuditWriterRow>().Where(w => ids.Contains(w.Writer)).ToDictionaryAsync(w => w.Writer, ct);
        var accepted = new List<(AuditEntryRow, byte[])>(rows.Count);
        var broken = new HashSet<Guid>();
        string? refused = null;
        foreach (var row in rows.OrderBy(r => r.Counter).GroupBy(r => r.Writer).SelectMany(g => g))
        {
            if (!writers.TryGetValue(row.Writer, out var writer))
            {
                writers[row.Writer] = writer = new() { Writer = row.Writer, Counter = 0, Hash = AuditWriter.Beginning };
                db.Add(writer);
            }

            if (broken.Contains(row.Writer))
            {
                continue;
            }

            if (Fault(row, writer) is { } fault)
            {
                broken.Add(row.Writer);
                refused ??= $"audit entry {row.Writer:N}/{row.Counter}: {fault}";
                continue;
            }

            var hash = MerkleTree.HashLeaf(row.Body);
            (writer.Counter, writer.Hash) = (row.Counter, hash);
            accepted.Add((row, hash));
        }

        return (accepted, refused);
    }

    private string? Fault(AuditEntryRow row, AuditWriterRow writer) =>
        row.Counter != writer.Counter + 1 ? $"entry {writer.Counter + 1} of this writer is missing"
        : !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(macKey, row.Body), row.Mac) ? "its MAC is wrong"
        : AuditBody.Read(row.Body) is not { } body || body.Writer != row.Writer || body.Counter != row.Counter ? "its columns contradict its body"
        : !body.Previous.AsSpan().SequenceEqual(writer.Hash) ? "it does not follow from the entry before"
        : null;

    private async Task AppendAsync(TContext db, List<(AuditEntryRow Row, byte[] Hash)> accepted, CancellationToken ct)
    {
        var size = await db.Set<AuditCheckpointRow>().MaxAsync(c => (long?)c.Size, ct) ?? 0;
        var tree = AuditTree.Open(db, size);
        var places = new List<(long Id, long Index)>(accepted.Count);
        foreach (var (row, hash) in accepted)
        {
            places.Add((row.Id, tree.Size));
            await tree.AppendAsync(hash, ct);
        }

        await PlaceAsync(db, places, ct);
        await AuditTree.SaveAsync(db, tree, ct);
        var root = await tree.RootAsync(ct);
        var note = SignedNote.Sign(new Checkpoint(trail.Options.Origin, tree.Size, root).ToText(), trail.Options.Origin, trail.Options.Key);
        db.Add(new AuditCheckpointRow { Size = tree.Size, Root = root, Note = note.ToString(), At = time.GetUtcNow() });
    }

    private static async Task PlaceAsync(TContext db, List<(long Id, long Index)> places, CancellationToken ct)
    {
        // The table's name comes from the model, everything else is a parameter.
        var update = string.Concat("update ", db.Qualified("audit_entries"), " as e set leaf_index = ");
        if (db.Database.IsNpgsql())
        {
            var all = string.Concat(update, "p.i from unnest({0}, {1}) as p(id, i) where e.id = p.id");
            await db.Database.ExecuteSqlRawAsync(all, [places.Select(p => p.Id).ToArray(), places.Select(p => p.Index).ToArray()], ct);
            return;
        }

        var one = string.Concat(update, "{0} where e.id = {1}");
        foreach (var (id, index) in places)
        {
            await db.Database.ExecuteSqlRawAsync(one, [index, id], ct);
        }
    }
}
