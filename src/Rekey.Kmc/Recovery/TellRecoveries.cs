using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Recovery;

/// <summary>
/// Tells the CA of recoveries, so that the RA, which knows holders and contacts, tells them. The centre knows no addresses and connects to
/// nobody: the CA asks. A recovery is told until the CA has said that it passed it on.
/// </summary>
internal sealed class TellRecoveries(IDbContextFactory<KmcDbContext> store, Acts<KmcDbContext> acts, TimeProvider time)
{
    /// <summary>Notes what the CA has passed on, and answers with what it has not.</summary>
    public async Task<RecoveriesAnswer> RunAsync(RecoveriesQuestion question, CancellationToken ct)
    {
        if (question.Heard.Count > 0)
        {
            await NoteAsync(question.Heard, ct);
        }

        await using var db = await store.CreateDbContextAsync(ct);
        var untold = await db.Recoveries.AsNoTracking().Include(r => r.Key).Where(r => r.ToldAt == null).OrderBy(r => r.At).Take(RecoveriesAnswer.Most).ToListAsync(ct);
        return new([.. untold.Select(r => new KeyRecovery(r.OrderId, r.Key.SubscriberId!, r.Key.SpkiSha256, r.At))]);
    }

    private async Task NoteAsync(IReadOnlyList<byte[]> heard, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        DateTimeOffset? now = time.GetUtcNow();
        foreach (var order in heard)
        {
            if (await act.Db.Recoveries.Where(r => r.OrderId == order && r.ToldAt == null).ExecuteUpdateAsync(u => u.SetProperty(r => r.ToldAt, now), ct) > 0)
            {
                act.Record(new AuditEvent("recovery.told", "ca", $"recovery:{Convert.ToHexStringLower(order)}"));
            }
        }

        // COMMIT. The CA has an event of its own of each of these; from here on it is the RA's to tell the holder.
        await act.CommitAsync(ct);
    }
}
