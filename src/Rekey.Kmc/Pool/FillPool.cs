using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Master;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Pool;

/// <summary>
/// Tops the pool up, one batch of a kind after the other, at a pace that leaves the processor to those who wait. A job of the store, so
/// one process does it; a run that dies leaves the batches that it had committed.
/// </summary>
internal sealed class FillPool(KeyCentre centre, Acts<KmcDbContext> acts, IDbContextFactory<KmcDbContext> contexts, KeyMaker maker, TimeProvider time)
{
    /// <summary>How often the pool is looked at.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>How long a run lasts at most before the next one goes on, well within the job's lease.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private const int Batch = 20;

    /// <summary>Fills until all kinds are full or the run's time is over.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var until = time.GetUtcNow() + Longest;
        foreach (var (name, target) in centre.Pool.Spare)
        {
            while (time.GetUtcNow() < until && await MissingAsync(name, target, ct) is > 0 and var missing)
            {
                await AddAsync(KeyMaker.Kind(name), Math.Min(missing, Batch), until, ct);
            }
        }
    }

    private async Task<int> MissingAsync(string kind, int target, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return target - await db.Keys.CountAsync(k => k.State == KeyState.Spare && k.Kind == kind, ct);
    }

    private async Task AddAsync(AlgorithmSuite kind, int count, DateTimeOffset until, CancellationToken ct)
    {
        int master;
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            master = await db.CurrentMasterAsync(ct);
        }

        var keys = new List<EncryptionKey>();
        while (keys.Count < count && (keys.Count == 0 || time.GetUtcNow() < until))
        {
            var begun = time.GetTimestamp();
            keys.Add(await Task.Run(() => maker.Make(kind, master), ct));
            await Task.Delay(time.GetElapsedTime(begun) * (100 - centre.Pool.CpuPercent) / centre.Pool.CpuPercent, time, ct);
        }

        await using var act = await acts.BeginAsync(ct);
        act.Db.AddRange(keys);
        act.Record(new AuditEvent("pool.filled", "job:pool", $"pool:{kind.Name}")
        {
            Details = new Dictionary<string, string>
            {
                ["count"] = keys.Count.ToString(CultureInfo.InvariantCulture),
                ["master"] = master.ToString(CultureInfo.InvariantCulture),
            },
        });
        await act.CommitAsync(ct);
    }
}
