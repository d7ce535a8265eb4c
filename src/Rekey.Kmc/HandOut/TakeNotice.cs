using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// Takes the CA's word on what became of an order. Confirmed: the key before it goes into the history, where old ciphertext finds it. Ended
/// unconfirmed: no certificate ever stood for the key, so its private half is destroyed and only its row stays. Revoked: nothing is encrypted
/// for the key any more, but old ciphertext is, so it goes into the history. Telling it twice is fine.
/// </summary>
internal sealed class TakeNotice(Acts<KmcDbContext> acts, TimeProvider time)
{
    /// <summary>Takes it.</summary>
    /// <exception cref="ProblemException">No such order, or it ended in another way before.</exception>
    public async Task RunAsync(KeyNotice notice, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var changed = notice.End == KeyOrderEnd.Ended ? await EndAsync(act, notice, ct) : await ConfirmAsync(act, notice, ct);
        changed |= notice.End == KeyOrderEnd.Revoked && await RevokeAsync(act, notice, ct);
        if (!changed)
        {
            DemandHarmless(await Orders(act.Db, notice).SingleOrDefaultAsync(ct), notice.End);
            return;
        }

        // COMMIT. The order stands as the CA said, and its keys where they belong; before this everything is as it was, and the CA tells it
        // again.
        await act.CommitAsync(ct);
    }

    private async Task<bool> EndAsync(Act<KmcDbContext> act, KeyNotice notice, CancellationToken ct)
    {
        if (await MoveAsync(act.Db, notice, OrderState.Open, OrderState.Ended, ct) is not { } order)
        {
            return false;
        }

        (order.Key.State, order.Key.Sealed, order.Key.DestroyedAt) = (KeyState.Destroyed, null, time.GetUtcNow());
        await act.Db.HandOuts.Where(h => h.OrderId == order.Id).ExecuteDeleteAsync(ct); // their envelopes held the same key
        act.Record(HandOutAudit.Took("key.destroyed", order));
        return true;
    }

    private async Task<bool> ConfirmAsync(Act<KmcDbContext> act, KeyNotice notice, CancellationToken ct)
    {
        if (await MoveAsync(act.Db, notice, OrderState.Open, OrderState.Confirmed, ct) is not { } order)
        {
            return false;
        }

        // Which key is the old one follows from what was verified at the hand-out: the holder signed with the signing key of the pair before.
        if (order.OldSigningSpkiSha256 is { } old)
        {
            var before = await act.Db.Orders.Where(o => o.SigningSpkiSha256 == old && o.SubscriberId == order.SubscriberId && o.State == OrderState.Confirmed)
                .Select(o => o.Key).ToListAsync(ct);
            foreach (var key in before)
            {
                await ToHistoryAsync(act, order, key, ct);
            }
        }

        act.Record(HandOutAudit.Took("key.confirmed", order));
        return true;
    }

    private async Task<bool> RevokeAsync(Act<KmcDbContext> act, KeyNotice notice, CancellationToken ct)
    {
        if (await MoveAsync(act.Db, notice, OrderState.Confirmed, OrderState.Revoked, ct) is not { } order)
        {
            return false;
        }

        await ToHistoryAsync(act, order, order.Key, ct);
        act.Record(HandOutAudit.Took("key.revoked", order));
        return true;
    }

    // Two notices can mean the same key: that its successor was confirmed, and that it was revoked.
    private async Task ToHistoryAsync(Act<KmcDbContext> act, OrderRecord cause, EncryptionKey key, CancellationToken ct)
    {
        DateTimeOffset? now = time.GetUtcNow();
        var moved = await act.Db.Keys.Where(k => k.Id == key.Id && k.State == KeyState.InUse)
            .ExecuteUpdateAsync(u => u.SetProperty(k => k.State, KeyState.History).SetProperty(k => k.HistorySince, now), ct);
        if (moved > 0)
        {
            act.Record(HandOutAudit.ToHistory(cause, key.KeyId));
        }
    }

    // Null when the order does not stand so.
    private async Task<OrderRecord?> MoveAsync(KmcDbContext db, KeyNotice notice, OrderState from, OrderState to, CancellationToken ct)
    {
        DateTimeOffset? now = time.GetUtcNow();
        var standing = Orders(db, notice).Where(o => o.State == from);
        var moved = from == OrderState.Open
            ? await standing.ExecuteUpdateAsync(u => u.SetProperty(o => o.State, to).SetProperty(o => o.EndedAt, now), ct)
            : await standing.ExecuteUpdateAsync(u => u.SetProperty(o => o.State, to), ct);
        return moved > 0 ? await Orders(db, notice).Include(o => o.Key).SingleAsync(ct) : null;
    }

    private static IQueryable<OrderRecord> Orders(KmcDbContext db, KeyNotice notice)
    {
        var (id, certReqId) = (notice.OrderId, notice.CertReqId);
        return db.Orders.Where(o => o.OrderId == id && o.CertReqId == certReqId);
    }

    private static void DemandHarmless(OrderRecord? order, KeyOrderEnd end)
    {
        if (order is null)
        {
            // The CA ends renewals that never came as far as a key.
            if (end != KeyOrderEnd.Ended)
            {
                throw new ProblemException(Problems.KeyOrderUnknown());
            }
        }
        else if (order.State == OrderState.Ended != (end == KeyOrderEnd.Ended))
        {
            throw new ProblemException(Problems.KeyOrderEnded());
        }
    }
}
