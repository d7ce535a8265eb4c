using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Testing.Kmc;

/// <summary>What must hold in a centre's store after anything that happened.</summary>
public static class KmcInvariants
{
    /// <summary>All rules that are broken, in English; empty when the store is well.</summary>
    public static async Task<IReadOnlyList<string>> BrokenAsync(TestKmc kmc)
    {
        await kmc.SequenceAsync();
        await using var db = await kmc.DbAsync();
        var keys = await db.Keys.AsNoTracking().ToListAsync();
        var orders = await db.Orders.AsNoTracking().ToListAsync();
        return
        [
            .. keys.SelectMany(k => Key(kmc.Service<KeyVault>(), k, orders)),
            .. orders.SelectMany(o => Order(o, keys.Single(k => k.Id == o.KeyId), orders)),
            .. await HandOutsAsync(db, orders),
            .. await AuditAsync(db, orders),
            .. await MastersAsync(db, keys),
            .. kmc.Service<Acts<KmcDbContext>>().Trail.Health.Fault is { } fault ? [$"audit: {fault}"] : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> Key(KeyVault vault, EncryptionKey key, List<OrderRecord> orders)
    {
        if (key.Sealed is not null)
        {
            using var opened = SoftwareSigningKey.FromPkcs8(vault.Open(key));
            if (!opened.PublicKey.Spki.Span.SequenceEqual(key.Spki))
            {
                yield return $"key {key.Id}: what is sealed is another key";
            }
        }

        if (orders.Count(o => o.KeyId == key.Id) != (key.State == KeyState.Spare ? 0 : 1))
        {
            yield return $"key {key.Id}: is {key.State} and has {orders.Count(o => o.KeyId == key.Id)} orders";
        }
    }

    private static IEnumerable<string> Order(OrderRecord order, EncryptionKey key, List<OrderRecord> orders)
    {
        var replaced = orders.Exists(o => IsConfirmed(o) && o.OldSigningSpkiSha256.AsSpan().SequenceEqual(order.SigningSpkiSha256));
        var wanted = order.State switch
        {
            OrderState.Ended => KeyState.Destroyed,
            OrderState.Revoked => KeyState.History,
            OrderState.Confirmed when replaced => KeyState.History,
            _ => KeyState.InUse,
        };
        if (key.State != wanted || key.SubscriberId != order.SubscriberId)
        {
            yield return $"order {order.Id}: is {order.State}, and its key {key.State} of {key.SubscriberId}";
        }
    }

    private static bool IsConfirmed(OrderRecord order) => order.State is OrderState.Confirmed or OrderState.Revoked;

    private static async Task<IEnumerable<string>> HandOutsAsync(KmcDbContext db, List<OrderRecord> orders)
    {
        var counts = await db.HandOuts.GroupBy(h => h.OrderId).ToDictionaryAsync(g => g.Key, g => g.Count());
        return orders.Where(o => counts.GetValueOrDefault(o.Id) != (o.State == OrderState.Ended ? 0 : o.HandOuts))
            .Select(o => $"order {o.Id}: counts {o.HandOuts} hand-outs and has {counts.GetValueOrDefault(o.Id)}");
    }

    private static async Task<IEnumerable<string>> AuditAsync(KmcDbContext db, List<OrderRecord> orders)
    {
        var entries = await db.Set<AuditEntryRow>().GroupBy(e => e.Kind).ToDictionaryAsync(g => g.Key, g => g.Count());
        (string Kind, int Wanted)[] wanted =
        [
            ("key.handed-out", orders.Sum(o => o.HandOuts)),
            ("key.confirmed", orders.Count(IsConfirmed)),
            ("key.revoked", orders.Count(o => o.State == OrderState.Revoked)),
            ("key.destroyed", orders.Count(o => o.State == OrderState.Ended)),
            ("key.to-history", await db.Keys.CountAsync(k => k.State == KeyState.History)),
            ("key.recovered", await db.Recoveries.CountAsync()),
            ("master.in-force", await db.Masters.CountAsync()),
        ];
        return wanted.Where(w => entries.GetValueOrDefault(w.Kind) != w.Wanted).Select(w => $"audit: {entries.GetValueOrDefault(w.Kind)} entries {w.Kind}, {w.Wanted} expected");
    }

    private static async Task<IEnumerable<string>> MastersAsync(KmcDbContext db, List<EncryptionKey> keys)
    {
        var retired = await db.Masters.Where(m => m.RetiredAt != null).Select(m => m.Version).ToListAsync();
        return keys.Where(k => k.Sealed is not null && retired.Contains(k.MasterVersion)).Select(k => $"key {k.Id}: is under the retired master {k.MasterVersion}");
    }
}
