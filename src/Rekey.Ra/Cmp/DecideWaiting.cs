using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Cmp;

/// <summary>A request that waits, as a person sees it.</summary>
/// <param name="Reference">Its reference.</param>
/// <param name="StableId">The subscriber's stable identifier.</param>
/// <param name="Name">The subscriber's name.</param>
/// <param name="Profile">Profile of the certificate.</param>
/// <param name="Subject">Subject of the certificate.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="KeyType">Kind of the key.</param>
/// <param name="SpkiSha256">SHA-256 of the SubjectPublicKeyInfo, which the holder can compute too.</param>
internal sealed record WaitingSummary(
    string Reference, string StableId, string Name, string Profile, string Subject, DateTimeOffset ReceivedAt, string KeyType, byte[] SpkiSha256);

/// <summary>What came of a person's decision.</summary>
internal enum DecisionOutcome
{
    /// <summary>It counts.</summary>
    Done,

    /// <summary>There is no such reference.</summary>
    NoReference,

    /// <summary>No request came under the reference, or none that needs a decision.</summary>
    NothingWaits,

    /// <summary>Approved before.</summary>
    ApprovedBefore,

    /// <summary>Refused before.</summary>
    RefusedBefore,
}

/// <summary>What a person does about requests that wait. A decision is made once.</summary>
internal sealed class DecideWaiting(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, TimeProvider time)
{
    /// <summary>Longest reason, in characters: it is a line of text for the client.</summary>
    public const int MaxReason = 200;

    /// <summary>All of a scope that wait, the oldest first.</summary>
    public async Task<IReadOnlyList<WaitingSummary>> ListAsync(OperatorScope scope, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var people = db.Subscribers.Where(scope.Filter());
        var waiting = await db.WaitingRequests.AsNoTracking().Include(w => w.Reference).ThenInclude(r => r.Subscriber)
            .Where(w => w.Decision == Decision.Waiting && people.Any(s => s.Id == w.Reference.SubscriberId)).OrderBy(w => w.ReceivedAt).ThenBy(w => w.ReferenceId).ToListAsync(cancel);
        return [.. waiting.Select(Summary)];
    }

    /// <summary>Lets the request go to the CA when its client asks next.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="scope">Whose requests the decision may be about; there are no others.</param>
    /// <param name="actor">Who says so, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    public Task<DecisionOutcome> ApproveAsync(string reference, OperatorScope scope, string actor, CancellationToken cancel) =>
        DecideAsync(reference, Decision.Approved, null, scope, actor, cancel);

    /// <summary>Ends the request, and closes its reference.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="reason">Why, for the client; at most <see cref="MaxReason"/> characters.</param>
    /// <param name="scope">Whose requests the decision may be about; there are no others.</param>
    /// <param name="actor">Who says so, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    public Task<DecisionOutcome> RefuseAsync(string reference, string reason, OperatorScope scope, string actor, CancellationToken cancel) =>
        DecideAsync(reference, Decision.Refused, reason, scope, actor, cancel);

    private async Task<DecisionOutcome> DecideAsync(string reference, Decision decision, string? reason, OperatorScope scope, string actor, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var now = time.GetUtcNow();
        var people = act.Db.Subscribers.Where(scope.Filter());
        if (!await act.Db.CmpReferences.AnyAsync(r => r.Reference == reference && people.Any(s => s.Id == r.SubscriberId), cancel))
        {
            return DecisionOutcome.NoReference;
        }

        var decided = await act.Db.WaitingRequests.Where(w => w.Reference.Reference == reference && w.Decision == Decision.Waiting).ExecuteUpdateAsync(
            w => w.SetProperty(x => x.Decision, decision).SetProperty(x => x.DecidedAt, now).SetProperty(x => x.Reason, reason), cancel);
        if (decided == 0)
        {
            return await WhyNotAsync(act.Db, reference, cancel);
        }

        var key = await act.Db.CmpReferences.Where(r => r.Reference == reference).Select(r => r.SpkiSha256).SingleAsync(cancel);
        act.Record(new AuditEvent(decision == Decision.Approved ? "reference.approved" : "reference.refused", actor, DecideEnrolment.Target(reference))
        {
            Details = new Dictionary<string, string> { ["key"] = Convert.ToHexStringLower(key!) },
            // What a person writes may name a person.
            Personal = reason is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["reason"] = reason },
        });

        // COMMIT. From here on the request goes to the CA whenever its client asks; nothing is to be taken up by anybody.
        await act.CommitAsync(cancel);
        return DecisionOutcome.Done;
    }

    private static async Task<DecisionOutcome> WhyNotAsync(RaDbContext db, string reference, CancellationToken cancel)
    {
        if (!await db.CmpReferences.AnyAsync(r => r.Reference == reference, cancel))
        {
            return DecisionOutcome.NoReference;
        }

        var earlier = await db.WaitingRequests.Where(w => w.Reference.Reference == reference).Select(w => (Decision?)w.Decision).SingleOrDefaultAsync(cancel);
        return earlier switch
        {
            Decision.Approved => DecisionOutcome.ApprovedBefore,
            Decision.Refused => DecisionOutcome.RefusedBefore,
            _ => DecisionOutcome.NothingWaits,
        };
    }

    private static WaitingSummary Summary(WaitingRequest waiting)
    {
        var message = CmpMessage.Parse(waiting.Message);
        using var key = PublicKey.FromSpki(CmpRequests.Certificates(message)[0].Spki);
        var (reference, subscriber) = (waiting.Reference, waiting.Reference.Subscriber);
        return new(
            reference.Reference, subscriber.StableId, subscriber.DisplayName, reference.Profile,
            DistinguishedName.FromDer(DecideEnrolment.Subject(reference, message)).ToString(), waiting.ReceivedAt, key.Suite.Name, key.Sha256);
    }
}
