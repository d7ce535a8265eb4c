using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Status;
using Rekey.Kmc.Store;
using Rekey.Server.Settings;

namespace Rekey.Server.Diagnosis;

/// <summary>What a key-management centre lives by besides its files: the pool and who may recover.</summary>
internal static class KmcChecks
{
    /// <summary>Looks.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(KmcSettings settings, KmcDbContext db, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        var counts = (await ReadStatus.KeysAsync(db, cancel)).ToDictionary(c => c.Kind, c => c.Spare);
        foreach (var (kind, wanted) in settings.Pool.Spare.Where(s => s.Value > 0))
        {
            var spare = counts.GetValueOrDefault(kind);
            findings.Add(spare * 2 < wanted
                ? Finding.Warn($"pool of {kind} keys: {spare} of {wanted}", "normal after the first start and after a rush; else raise kmc.pool.cpuPercent: keys are made on demand meanwhile, and holders wait")
                : Finding.Ok($"pool of {kind} keys: {spare} of {wanted}"));
        }

        findings.Add(await db.Masters.AnyAsync(m => m.RetiredAt == null && db.Masters.Any(o => o.Version > m.Version), cancel)
            ? Finding.Warn("the rotation of the master has not ended", "rekey kmc rotate-master goes on where it stopped")
            : Finding.Ok("all keys are under the latest master"));
        findings.Add(settings.Officers.Count >= 2
            ? Finding.Ok($"{settings.Officers.Count} officers may recover holders' keys, two at a time")
            : Finding.Warn("kmc.recovery.officers: fewer than two; no holder's key can be recovered", "name the certificates of at least two persons"));
        findings.Add(settings.Custodians.Count >= settings.Threshold
            ? Finding.Ok($"{settings.Threshold} of {settings.Custodians.Count} custodians recover for a court, and restore the master")
            : Finding.Warn("kmc.recovery.custodians: none; nobody holds shares of the master", "name their certificates, then rekey kmc split-master"));
        return findings;
    }
}
