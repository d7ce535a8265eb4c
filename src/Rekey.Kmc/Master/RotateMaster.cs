using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Master;

/// <summary>What a rotation did.</summary>
/// <param name="Version">The version in force.</param>
/// <param name="Moved">How many keys were moved to it.</param>
/// <param name="IsComplete">Whether no key is left under an earlier one.</param>
internal sealed record Rotation(int Version, int Moved, bool IsComplete);

/// <summary>
/// Brings a new version of the master into force and moves all keys to it, in batches beside the running service. A run that dies leaves
/// keys under both versions, which both open; the next run goes on. The old version's file stays: earlier backups of the store need it.
/// </summary>
internal sealed class RotateMaster(Acts<KmcDbContext> acts, IDbContextFactory<KmcDbContext> contexts, MasterKeys masters, KeyVault vault, TimeProvider time)
{
    private const int Batch = 200;

    /// <summary>Rotates, or ends a rotation that was begun.</summary>
    /// <param name="actor">Who, for the audit log.</param>
    /// <param name="ct">Ends it after the present batch.</param>
    public async Task<Rotation> RunAsync(string actor, CancellationToken ct)
    {
        var version = await UnfinishedAsync(ct) ?? await BeginAsync(actor, ct);
        var moved = 0;
        while (await MoveAsync(version, ct) is > 0 and var count)
        {
            moved += count;
        }

        return new(version, moved, await RetireAsync(version, moved, actor, ct));
    }

    private async Task<int?> UnfinishedAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Masters.CountAsync(m => m.RetiredAt == null, ct) > 1 ? await db.CurrentMasterAsync(ct) : null;
    }

    private async Task<int> BeginAsync(string actor, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var version = await act.Db.CurrentMasterAsync(ct) + 1;
        if (!masters.Versions.Contains(version)) // else a run died between the two
        {
            masters.Make(version);
        }

        act.Db.Masters.Add(new() { Version = version, CheckValue = masters.CheckValue(version), Since = time.GetUtcNow() });
        act.Record(new AuditEvent("master.in-force", actor, OpenMaster.Name(version)));

        // COMMIT. From here on new keys are sealed under the new version, which is durable in the safe; before this there is a file that
        // nobody needs.
        await act.CommitAsync(ct);
        return version;
    }

    private async Task<int> MoveAsync(int version, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var keys = await act.Db.Keys.AsNoTracking().Where(k => k.MasterVersion < version && k.Sealed != null).OrderBy(k => k.Id).Take(Batch).ToListAsync(ct);
        foreach (var key in keys)
        {
            var moved = Reseal(key, version);
            // Unless it was destroyed in this moment.
            await act.Db.Keys.Where(k => k.Id == key.Id && k.MasterVersion == key.MasterVersion && k.Sealed != null)
                .ExecuteUpdateAsync(u => u.SetProperty(k => k.Sealed, moved).SetProperty(k => k.MasterVersion, version), ct);
        }

        await act.CommitAsync(ct);
        return keys.Count;
    }

    private byte[] Reseal(EncryptionKey key, int version)
    {
        var pkcs8 = vault.Open(key);
        try
        {
            return vault.Seal(new(key.KeyId, version, key.Spki), pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private async Task<bool> RetireAsync(int version, int moved, string actor, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var old = await act.Db.Masters.Where(m => m.Version < version && m.RetiredAt == null).ToListAsync(ct);
        if (await act.Db.Keys.AnyAsync(k => k.MasterVersion < version && k.Sealed != null, ct))
        {
            return false; // the running service sealed one more under the old version in this moment; the next run takes it along
        }

        foreach (var record in old)
        {
            record.RetiredAt = time.GetUtcNow();
            act.Record(new AuditEvent("master.retired", actor, OpenMaster.Name(record.Version))
            {
                Details = new Dictionary<string, string> { ["moved"] = moved.ToString(CultureInfo.InvariantCulture) },
            });
        }

        await act.CommitAsync(ct);
        return true;
    }
}
