using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Recovery;

/// <summary>
/// Carries out an order of recovery, once. The same order again gets the same envelope, because its first answer may have been lost and
/// nobody but the recipient can open it.
/// </summary>
internal sealed class RecoverKey(Acts<KmcDbContext> acts, VerifyRecovery verify, RecoveryTarget targets, KeyVault vault, TimeProvider time)
{
    /// <summary>Carries it out.</summary>
    /// <param name="order">The order.</param>
    /// <param name="target">What <see cref="RecoveryOrder.TargetSha256"/> names, DER.</param>
    /// <param name="signatures">Under the order.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ProblemException">The order does not hold, or cannot be carried out; this is audited.</exception>
    public async Task<KeyEnvelope> RunAsync(RecoveryOrder order, byte[] target, IReadOnlyList<RecoverySignature> signatures, CancellationToken ct)
    {
        try
        {
            acts.Trail.Health.DemandWritable();
            return await RecoverAsync(verify.Verify(order, target, signatures), ct);
        }
        catch (ProblemException e)
        {
            await acts.RecordAsync(Entry(order, AuditOutcome.Refused, new() { ["reason"] = e.Problem.Code }), ct);
            throw;
        }
    }

    private async Task<KeyEnvelope> RecoverAsync(VerifiedRecovery recovery, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var (order, id) = (recovery.Order, recovery.Order.Id);
        if (await act.Db.Recoveries.SingleOrDefaultAsync(r => r.OrderId == id, ct) is { } done)
        {
            return done.OrderSha256.AsSpan().SequenceEqual(order.Sha256()) ? new(done.Form, done.Envelope) : throw new ProblemException(Problems.RecoveryOrderUsed());
        }

        var (keyId, subscriber) = (order.KeyId, order.SubscriberId);
        var key = await act.Db.Keys.SingleOrDefaultAsync(k => k.KeyId == keyId && k.SubscriberId == subscriber && k.Sealed != null, ct)
            ?? throw new ProblemException(Problems.RecoveryKeyUnknown());
        var envelope = Wrap(recovery, key);
        act.Db.Add(new RecoveryRecord
        {
            OrderId = id,
            OrderSha256 = order.Sha256(),
            Kind = order.Kind,
            Key = key,
            Form = envelope.Form,
            Envelope = envelope.Der,
            At = time.GetUtcNow(),
        });
        act.Record(Entry(order, AuditOutcome.Done, new()
        {
            ["signers"] = string.Join(' ', recovery.Signers.Select(s => Convert.ToHexStringLower(s.Sha256))),
        }));

        // COMMIT. The order is spent and accounted for; the envelope stands. A crash before leaves the order as good as it was.
        await act.CommitAsync(ct);
        return envelope;
    }

    private KeyEnvelope Wrap(VerifiedRecovery recovery, EncryptionKey key)
    {
        var (recipient, signingKey) = targets.Find(recovery, KeyMaker.Kind(key.Kind));
        var pkcs8 = vault.Open(key);
        try
        {
            return TransportRule.Wrap(pkcs8, recipient, signingKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static AuditEvent Entry(RecoveryOrder order, AuditOutcome outcome, Dictionary<string, string> more) =>
        new("key.recovered", "command-line", $"recovery:{Convert.ToHexStringLower(order.Id)}", outcome)
        {
            Details = new Dictionary<string, string>(more)
            {
                ["kind"] = order.Kind.ToString(),
                ["key"] = order.KeyId.ToString("N"),
                ["order"] = Convert.ToHexStringLower(order.Sha256()),
                ["target"] = Convert.ToHexStringLower(order.TargetSha256),
            },
            Personal = new Dictionary<string, string> { ["subscriber"] = order.SubscriberId, ["why"] = order.Reason },
        };
}
