using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Store;
using Rekey.Pki.Keys;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Master;

/// <summary>
/// At start: every version of the master that the store needs is in the safe and is the very one. A new store takes the first version of
/// the safe as its own.
/// </summary>
internal sealed class OpenMaster(Acts<KmcDbContext> acts, IDbContextFactory<KmcDbContext> contexts, MasterKeys masters, TimeProvider time)
{
    /// <summary>Looks.</summary>
    /// <exception cref="PrivateKeyException">A version is missing, cannot be opened, or is another one.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        List<MasterRecord> needed;
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            needed = await db.Masters.AsNoTracking().Where(m => m.RetiredAt == null).OrderBy(m => m.Version).ToListAsync(ct);
        }

        if (needed.Count == 0)
        {
            await AdoptAsync(ct);
            return;
        }

        foreach (var record in needed)
        {
            if (!CryptographicOperations.FixedTimeEquals(masters.CheckValue(record.Version), record.CheckValue))
            {
                throw new PrivateKeyException(Name(record.Version) + " is not the one that this store was sealed with");
            }
        }
    }

    private async Task AdoptAsync(CancellationToken ct)
    {
        var version = masters.Versions is [.., var latest] ? latest : throw new PrivateKeyException("there is no master; make one: rekey kmc init");
        await using var act = await acts.BeginAsync(ct);
        act.Db.Masters.Add(new() { Version = version, CheckValue = masters.CheckValue(version), Since = time.GetUtcNow() });
        act.Record(new AuditEvent("master.in-force", "service:start", Name(version)));
        try
        {
            await act.CommitAsync(ct);
        }
        catch (DbUpdateException) when (!ct.IsCancellationRequested)
        {
            // another process started in the same moment
        }
    }

    internal static string Name(int version) => string.Create(CultureInfo.InvariantCulture, $"master version {version}");
}
