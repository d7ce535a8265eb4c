using Microsoft.EntityFrameworkCore;

namespace Rekey.Store.Audit;

/// <summary>The tree of a store.</summary>
internal static class AuditTree
{
    public static TiledTree Open(AuthorityDbContext db, long size) => new(size, async (level, index, ct) =>
        await db.Set<AuditTileRow>().Where(t => t.Level == level && t.Index == index).Select(t => t.Hashes).FirstOrDefaultAsync(ct) ?? []);

    public static async Task SaveAsync(AuthorityDbContext db, TiledTree tree, CancellationToken ct)
    {
        foreach (var (level, index, hashes) in tree.Changed)
        {
            if (await db.Set<AuditTileRow>().FindAsync([level, index], ct) is { } row)
            {
                row.Hashes = hashes;
            }
            else
            {
                db.Add(new AuditTileRow { Level = level, Index = index, Hashes = hashes });
            }
        }
    }
}
