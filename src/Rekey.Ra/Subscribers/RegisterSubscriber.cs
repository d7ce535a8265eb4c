using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers.Import;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Subscribers;

/// <summary>Registers one subscriber, by the rules of an import.</summary>
public sealed class RegisterSubscriber(Acts<RaDbContext> acts, TimeProvider time)
{
    /// <summary>Registers one.</summary>
    /// <param name="kind">Person or organisation.</param>
    /// <param name="stableId">Stable identifier; null or empty: an organisation's credit code.</param>
    /// <param name="facts">What is known of them.</param>
    /// <param name="actor">Who registers, as in the audit log.</param>
    /// <param name="scope">Whom the operator may register.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The stable identifier, or null and what is wrong.</returns>
    /// <exception cref="ProblemException">RK-3311: somebody is registered under this identifier.</exception>
    public async Task<(string? StableId, IReadOnlyList<RowError> Errors)> RegisterAsync(
        SubscriberKind kind, string? stableId, SubscriberEdit facts, string actor, OperatorScope scope, CancellationToken cancel)
    {
        var row = EditSubscriber.Row(new Subscriber { StableId = stableId ?? "", DisplayName = "", Kind = kind }, facts);
        var (subscriber, errors) = SubscriberRow.Read(row, ImportHeading.All, time.GetUtcNow(), scope);
        if (subscriber is null)
        {
            return (null, errors);
        }

        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockAsync($"subscriber:{subscriber.StableId}", cancel);
        if (await act.Db.Subscribers.AnyAsync(s => s.StableId == subscriber.StableId, cancel))
        {
            throw new ProblemException(Problems.SubscriberRegistered());
        }

        act.Db.Subscribers.Add(subscriber);
        act.Record(new AuditEvent("subscriber.registered", actor, $"subscriber:{subscriber.StableId}")
        {
            Personal = new Dictionary<string, string> { ["name"] = subscriber.DisplayName },
        });
        await act.CommitAsync(cancel);
        return (subscriber.StableId, []);
    }
}
