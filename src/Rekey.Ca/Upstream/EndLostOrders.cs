using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Issuance;
using Rekey.Ca.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Upstream;

/// <summary>
/// Ends orders that the key-management centre keeps open and of which this CA knows nothing: it had ordered the key and died before its
/// commit, and nobody came back. Only the CA can say so, and only when the decision behind the order is so old that nothing is issued under
/// it any more. An order that it knows is left alone, however old.
/// </summary>
internal sealed partial class EndLostOrders(
    Acts<CaDbContext> acts, IDbContextFactory<CaDbContext> store, KmcExchange kmc, TimeProvider time, ILogger<EndLostOrders> log)
{
    /// <summary>How often it looks: nothing waits for it.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>
    /// Beyond the life of a decision: a request that was let in at its last moment has long been committed or is dead by then, also where
    /// clocks differ.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    private const string Actor = "job:lost-orders";

    /// <summary>Compares the centre's open orders with this store.</summary>
    /// <returns>How many orders were ended.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!kmc.HasCentre)
        {
            return 0;
        }

        var (ended, before, after) = (0, time.GetUtcNow() - IssueCertificate.DecisionLifetime - Grace, (long?)0);
        while (after is { } from)
        {
            var portion = await kmc.AskAsync(new OpenOrdersQuestion(before, from).ToMessage, OpenOrders.Read, ct);
            foreach (var order in portion.Orders)
            {
                ended += await EndAsync(order, ct) ? 1 : 0;
            }

            after = portion.Next;
        }

        return ended;
    }

    private async Task<bool> EndAsync(OpenOrder order, CancellationToken ct)
    {
        await using (var db = await store.CreateDbContextAsync(ct))
        {
            var id = order.OrderId;
            if (await db.Certificates.SingleOrDefaultAsync(c => c.KmcOrderId == id, ct) is { } known)
            {
                if (known.KmcTold is not null)
                {
                    // The centre's store was set back to a backup from before it heard.
                    LogToldAgain(log, Convert.ToHexStringLower(id));
                    known.KmcTold = null;
                    await db.SaveChangesAsync(ct);
                }

                return false;
            }
        }

        // Accounted for before it is done: the key is gone then.
        await acts.RecordAsync(new AuditEvent("kmc-order.lost", Actor, $"order:{Convert.ToHexStringLower(order.OrderId)}/{order.CertReqId}"), ct);
        await kmc.TellAsync(new(order.OrderId, order.CertReqId, KeyOrderEnd.Ended), ct);
        return true;
    }

    [LoggerMessage(4124, LogLevel.Warning, "The key-management centre has order {Order} open, of which it was told that it ended; it is told again")]
    private static partial void LogToldAgain(ILogger logger, string order);
}
