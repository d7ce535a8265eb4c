using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Master;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// Gives an order its one key. The same order with the same transport key gets the same envelope; with another transport key, because the
/// first died with an unplugged token, the same key wrapped once more (rule R5, docs/cmp.md), until the order is confirmed or ended.
/// </summary>
internal sealed class HandOutKey(Acts<KmcDbContext> acts, KeyMaker maker, KeyVault vault, TimeProvider time)
{
    // Each attempt ends with this order further than before, or with another process having taken it further.
    private const int Attempts = 5;

    /// <summary>Hands out.</summary>
    /// <exception cref="ProblemException">The order stands in a way that nothing is handed out.</exception>
    public async Task<HandedOutKey> RunAsync(VerifiedOrder order, CancellationToken ct)
    {
        acts.Trail.Health.DemandWritable();
        EncryptionKey? made = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryAsync(order, made, ct) is { } handedOut)
                {
                    return handedOut;
                }

                // Nobody is refused because the pool is empty. Outside of the transaction: an RSA key can take a second.
                made ??= maker.Make(order.Kind, await CurrentMasterAsync(ct));
            }
            catch (DbUpdateException) when (attempt < Attempts && !ct.IsCancellationRequested)
            {
                // Somebody else answered the same order in this moment: what they did stands, and is looked at anew.
                made = null;
            }
        }
    }

    // Null when there is no spare key and none was made.
    private async Task<HandedOutKey?> TryAsync(VerifiedOrder order, EncryptionKey? made, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var db = act.Db;
        var (id, certReqId) = (order.Order.OrderId, order.Order.CertReqId);
        await db.LockAsync("order." + Convert.ToHexString(id), ct); // who asks the same at the same time finds what this one did
        var record = await db.Orders.Include(o => o.Key).SingleOrDefaultAsync(o => o.OrderId == id && o.CertReqId == certReqId, ct);
        if (record is not null)
        {
            DemandSame(record, order);
            var decidedAnew = await DecidedAsync(db, record, order, ct);
            if (await StandingAsync(db, record, order, ct) is { } standing)
            {
                if (decidedAnew)
                {
                    await act.CommitAsync(ct);
                }

                return standing;
            }

            await CountAsync(db, record, ct);
        }
        else if (await TakeKeyAsync(db, order, made, ct) is { } key)
        {
            record = NewOrder(order, key);
            db.Add(record);
        }
        else
        {
            return null;
        }

        var handOut = Wrap(record, order);
        db.Add(handOut);
        act.Record(HandOutAudit.HandedOut(order, record));

        // COMMIT. The key is this order's from here on, and the envelope stands; whoever asks again, of whatever process, gets it. A crash
        // before leaves the key in the pool. An envelope that was lost on the way is no loss: only the holder's token can open it.
        await act.CommitAsync(ct);
        return Answer(record, handOut);
    }

    private static void DemandSame(OrderRecord record, VerifiedOrder order)
    {
        if (!record.RequesterSha256.AsSpan().SequenceEqual(order.RequesterSha256)
            || !record.SigningSpkiSha256.AsSpan().SequenceEqual(order.SigningKey.Sha256)
            || record.SubscriberId != order.Order.SubscriberId || record.Key.Kind != order.Kind.Name)
        {
            throw new ProblemException(Problems.KeyOrderDiffers());
        }

        if (record.State != OrderState.Open)
        {
            throw new ProblemException(Problems.KeyOrderEnded());
        }
    }

    // The CA ends orders whose decision is too old; one that is asked for under a new decision is alive.
    private static async Task<bool> DecidedAsync(KmcDbContext db, OrderRecord record, VerifiedOrder order, CancellationToken ct)
    {
        var at = order.Order.DecidedAt;
        return at > record.DecidedAt
            && await db.Orders.Where(o => o.Id == record.Id && o.State == OrderState.Open && o.DecidedAt < at).ExecuteUpdateAsync(u => u.SetProperty(o => o.DecidedAt, at), ct) > 0;
    }

    private static async Task<HandedOutKey?> StandingAsync(KmcDbContext db, OrderRecord record, VerifiedOrder order, CancellationToken ct)
    {
        var transport = order.Transport.Sha256;
        return await db.HandOuts.SingleOrDefaultAsync(h => h.OrderId == record.Id && h.TransportSpkiSha256 == transport, ct) is { } handOut
            ? Answer(record, handOut) : null;
    }

    // A conditional update, which takes the row's lock: a notice of confirmation comes before it or after, not between.
    private static async Task CountAsync(KmcDbContext db, OrderRecord record, CancellationToken ct)
    {
        if (record.HandOuts >= OrderRecord.MostHandOuts)
        {
            throw new ProblemException(Problems.HandOutsExhausted(OrderRecord.MostHandOuts));
        }

        var counted = await db.Orders.Where(o => o.Id == record.Id && o.State == OrderState.Open && o.HandOuts == record.HandOuts)
            .ExecuteUpdateAsync(u => u.SetProperty(o => o.HandOuts, o => o.HandOuts + 1), ct);
        if (counted == 0)
        {
            throw new DbUpdateConcurrencyException("the order was answered or ended in this moment");
        }

        await db.Entry(record).ReloadAsync(ct);
    }

    private async Task<EncryptionKey?> TakeKeyAsync(KmcDbContext db, VerifiedOrder order, EncryptionKey? made, CancellationToken ct)
    {
        var key = await db.ClaimSpareAsync(order.Kind.Name, ct) is { } id ? await db.Keys.SingleAsync(k => k.Id == id, ct) : Own(db, made);
        if (key is not null)
        {
            (key.State, key.SubscriberId, key.TakenAt) = (KeyState.InUse, order.Order.SubscriberId, time.GetUtcNow());
        }

        return key;
    }

    private static EncryptionKey? Own(KmcDbContext db, EncryptionKey? made)
    {
        if (made is not null)
        {
            db.Add(made);
        }

        return made;
    }

    private OrderRecord NewOrder(VerifiedOrder order, EncryptionKey key) => new()
    {
        OrderId = order.Order.OrderId,
        CertReqId = order.Order.CertReqId,
        RequesterSha256 = order.RequesterSha256,
        OldSigningSpkiSha256 = order.OldSigningSpkiSha256,
        SigningSpkiSha256 = order.SigningKey.Sha256,
        SubscriberId = order.Order.SubscriberId,
        Key = key,
        State = OrderState.Open,
        HandOuts = 1,
        DecidedAt = order.Order.DecidedAt,
        OrderedAt = time.GetUtcNow(),
    };

    private HandOutRecord Wrap(OrderRecord record, VerifiedOrder order)
    {
        var pkcs8 = vault.Open(record.Key);
        try
        {
            var envelope = TransportRule.Wrap(pkcs8, order.Transport, order.SigningKey);
            return new()
            {
                Order = record,
                Number = record.HandOuts,
                TransportSpkiSha256 = order.Transport.Sha256,
                Form = envelope.Form,
                Envelope = envelope.Der,
                At = time.GetUtcNow(),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static HandedOutKey Answer(OrderRecord record, HandOutRecord handOut) =>
        new(record.OrderId, record.CertReqId, record.Key.Spki, new(handOut.Form, handOut.Envelope), record.HandOuts);

    private async Task<int> CurrentMasterAsync(CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        return await act.Db.CurrentMasterAsync(ct);
    }
}
