using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Pki.Cmp;

namespace Rekey.Testing.Faults;

/// <content>
/// The key-management centre beside the CA. It hears later than the CA decides, never something else: its store is looked at after the CA's,
/// so it may be ahead of what the CA had marked as told, but not behind.
/// </content>
internal static partial class StoreInvariants
{
    private static async Task CheckKmcAsync(StoreView view, List<CertificateRecord> certificates, Findings findings)
    {
        if (view.Kmc is null)
        {
            return;
        }

        await using var kmc = await view.Kmc.CreateDbContextAsync();
        foreach (var half in certificates.Where(c => c.KmcOrderId is not null))
        {
            var order = await kmc.Orders.AsNoTracking().Include(o => o.Key).SingleOrDefaultAsync(o => o.OrderId == half.KmcOrderId);
            if (order is null)
            {
                findings.Demand(false, $"{Name(half)}: the key-management centre has no order for its key");
                continue;
            }

            findings.Demand(order.Key.SpkiSha256.AsSpan().SequenceEqual(half.SpkiSha256), $"{Name(half)}: its key is not the one that the key-management centre handed out");
            findings.Demand(
                Possible(half).Contains(order.State),
                $"{Name(half)}: is {half.State}, the key-management centre was told {half.KmcTold?.ToString() ?? "nothing"}, and its order is {order.State}");
            var fits = order.State switch
            {
                OrderState.Open => order.Key.State == KeyState.InUse,
                OrderState.Ended => order.Key.State == KeyState.Destroyed,
                OrderState.Revoked => order.Key.State == KeyState.History,
                _ => order.Key.State is KeyState.InUse or KeyState.History,
            };
            findings.Demand(fits, $"{Name(half)}: its order is {order.State} and its key {order.Key.State}");
        }
    }

    private static OrderState[] Possible(CertificateRecord half)
    {
        var told = half.KmcTold switch
        {
            null => OrderState.Open,
            KeyOrderEnd.Confirmed => OrderState.Confirmed,
            KeyOrderEnd.Ended => OrderState.Ended,
            _ => OrderState.Revoked,
        };
        return (half.State, half.ConfirmedAt) switch
        {
            (CertificateState.Revoked or CertificateState.Rejected, null) => [told, OrderState.Ended],
            (CertificateState.Revoked, not null) => [told, OrderState.Confirmed, OrderState.Revoked],
            (_, not null) => [told, OrderState.Confirmed],
            _ => [OrderState.Open],
        };
    }
}
