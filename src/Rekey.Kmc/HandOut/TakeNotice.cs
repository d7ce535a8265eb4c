using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// Takes the CA's word on how an order ended. Confirmed: the key before it goes into the history, where old ciphertext finds it. Ended
/// unconfirmed: no certificate ever stood for the key, so its private half is destroyed and only its row stays. Telling it twice is fine.
/// </summary>
internal sealed class TakeNotice(Acts<KmcDbContext> acts, TimeProvider time)
{
    /// <summary>Takes it.</summary>
    /// <exception cref="ProblemException">No such order, or it ended in the other way before.</exception>
    public async Task RunAsync(KeyNotice notice, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var db = act.Db;
        var (id, certReqId) = (notice.OrderId, notice.CertReqId);
        var wanted = notice.End == KeyOrderEnd.Confirmed ? OrderState.Confirmed : OrderState.Ended;
        DateTimeOffset? now = time.GetUtcNow();
        var ended = await db.Orders.Where(o => o.OrderId == id && o.CertReqId == certReqId && o.State == OrderState.Open)
            .ExecuteUpdateAsync(u => u.SetProperty(o => o.State, wanted).SetProperty(o => o.EndedAt, now), ct);
        var order = await db.Orders.Include(o => o.Key).SingleOrDefaultAsync(o => o.OrderId == id && o.CertReqId == certReqId, ct);
        if (ended == 0)
        {
            DemandHarmless(order, notice.End, wanted);
            return;
        }

        if (wanted == OrderState.Confirmed)
        {
            await RetireOldAsync(act, order!, ct);
        }
        else
        {
            (order!.Key.State, order.Key.Sealed, order.Key.DestroyedAt) = (KeyState.Destroyed, null, now);
            await db.HandOuts.Where(h => h.OrderId == order.Id).ExecuteDeleteAsync(ct); // their envelopes held the same key
        }

        act.Record(HandOutAudit.Ended(order!, notice.End));

        // COMMIT. The order has ended and its keys stand where they belong; before this everything is as it was, and the CA tells it again.
        await act.CommitAsync(ct);
    }

    private static void DemandHarmless(OrderRecord? order, KeyOrderEnd end, OrderState wanted)
    {
        if (order is null)
        {
            // The CA ends renewals that never came as far as a key.
            if (end == KeyOrderEnd.Confirmed)
            {
                throw new ProblemException(Problems.KeyOrderUnknown());
            }
        }
        else if (order.State != wanted)
        {
            throw new ProblemException(Problems.KeyOrderEnded());
        }
    }

    // Which key is the old one follows from what was verified at the hand-out: the holder signed with the signing key of the pair before.
    private async Task RetireOldAsync(Act<KmcDbContext> act, OrderRecord order, CancellationToken ct)
    {
        if (order.OldSigningSpkiSha256 is not { } old)
        {
            return;
        }

        var keys = await act.Db.Orders
            .Where(o => o.SigningSpkiSha256 == old && o.SubscriberId == order.SubscriberId && o.State == OrderState.Confirmed && o.Key.State == KeyState.InUse)
            .Select(o => o.Key).ToListAsync(ct);
        foreach (var key in keys)
        {
            (key.State, key.HistorySince) = (KeyState.History, time.GetUtcNow());
            act.Record(HandOutAudit.ToHistory(order, key.KeyId));
        }
    }
}
