using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Store;

namespace Rekey.Kmc.Status;

/// <summary>How many keys of a kind there are.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Spare">In the pool.</param>
/// <param name="InUse">Subscribers'.</param>
/// <param name="History">Subscribers' former ones.</param>
/// <param name="Destroyed">Of orders that ended unconfirmed.</param>
public sealed record KeyCount(string Kind, int Spare, int InUse, int History, int Destroyed);

/// <summary>A version of the master.</summary>
/// <param name="Version">The version.</param>
/// <param name="Keys">How many private keys are under it.</param>
/// <param name="Since">When it came into force.</param>
/// <param name="RetiredAt">When it was no longer needed; null while it is.</param>
public sealed record MasterCount(int Version, int Keys, DateTimeOffset Since, DateTimeOffset? RetiredAt);

/// <summary>What the store holds, by number (GM/T 0038-2014: counts of the spare, in-use and history stores).</summary>
internal static class ReadStatus
{
    /// <summary>Keys by kind.</summary>
    public static async Task<IReadOnlyList<KeyCount>> KeysAsync(KmcDbContext db, CancellationToken ct)
    {
        var counts = await db.Keys.GroupBy(k => new { k.Kind, k.State }).Select(g => new { g.Key.Kind, g.Key.State, Count = g.Count() }).ToListAsync(ct);
        return
        [
            .. counts.GroupBy(c => c.Kind).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
            {
                int Of(KeyState state) => g.Where(c => c.State == state).Sum(c => c.Count);
                return new KeyCount(g.Key, Of(KeyState.Spare), Of(KeyState.InUse), Of(KeyState.History), Of(KeyState.Destroyed));
            }),
        ];
    }

    /// <summary>Versions of the master, latest first.</summary>
    public static async Task<IReadOnlyList<MasterCount>> MastersAsync(KmcDbContext db, CancellationToken ct) => await db.Masters
        .OrderByDescending(m => m.Version)
        .Select(m => new MasterCount(m.Version, db.Keys.Count(k => k.MasterVersion == m.Version && k.State != KeyState.Destroyed), m.Since, m.RetiredAt))
        .ToListAsync(ct);
}
