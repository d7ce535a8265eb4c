using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Authorisations;

/// <summary>
/// What a holder's two codes open. An unknown reference number is answered exactly as a wrong code: tries are counted per number as it was
/// typed, given to somebody or not. Whoever has both codes right is told everything; whoever has not learns nothing.
/// </summary>
internal sealed class OpenAuthorisation(Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    private static readonly byte[] NoHash = new byte[AuthorisationDocument.HashLength];

    /// <summary>Opens one.</summary>
    /// <param name="reference">As <see cref="ReferenceNumber.Read"/> read it.</param>
    /// <param name="code">The code.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The authorisation with its subscriber, and the proof that the code was typed: the CA asks for it, and it is to be wiped when the download ends.</returns>
    /// <exception cref="ProblemException">
    /// RK-3501 with the tries left, RK-3502 locked; with the right codes RK-3503 expired, RK-3504 used, RK-3505 not approved, RK-3506 withdrawn or refused, RK-3004.
    /// </exception>
    public async Task<(Authorisation Authorisation, byte[] Proof)> OpenAsync(string reference, AuthorisationCode code, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var left = await TakeTryAsync(act.Db, reference, cancel);
        var row = await act.Db.Authorisations.Include(a => a.Subscriber).AsNoTracking().SingleOrDefaultAsync(a => a.Reference == reference, cancel);
        var proof = code.ProofFor(reference);
        if (left < 0)
        {
            throw new ProblemException(Problems.CodesLocked());
        }

        if (!CryptographicOperations.FixedTimeEquals(row?.CodeHash ?? NoHash, AuthorisationCode.HashOf(proof)) || row is null)
        {
            act.Record(new AuditEvent(left == 0 ? "authorisation.locked" : "authorisation.wrong-code", "holder", $"authorisation:{reference}", AuditOutcome.Refused));
            await act.CommitAsync(cancel);
            throw new ProblemException(left == 0 ? Problems.CodesLocked() : Problems.CodesWrong(left));
        }

        await act.Db.CodeTries.Where(t => t.Reference == reference).ExecuteDeleteAsync(cancel);
        if (Refusal(row) is { } refusal)
        {
            await act.CommitAsync(cancel);
            throw new ProblemException(refusal);
        }

        act.Record(MakeAuthorisation.Entry("authorisation.opened", row.Subscriber.StableId, row) with { Actor = "holder" });
        await act.CommitAsync(cancel);
        return (row, proof);
    }

    /// <summary>Why what its codes open may not be begun now; null when it may.</summary>
    public Problem? Refusal(Authorisation row) => row switch
    {
        { State: AuthorisationState.Spent } => Problems.AuthorisationSpent(),
        { State: AuthorisationState.Withdrawn or AuthorisationState.Refused } => Problems.AuthorisationWithdrawn(),
        _ when row.ExpiresAt < time.GetUtcNow() => Problems.AuthorisationExpired(RenewalWindow.CalendarDay(row.ExpiresAt, options.Institution.Zone())),
        { State: AuthorisationState.Made or AuthorisationState.Waiting } => Problems.AuthorisationNotApproved(),
        { Subscriber.State: SubscriberState.Cancelled } => Problems.HolderCancelled(),
        _ => null,
    };

    // Taken before the code is looked at: of many at once no more get through than are left. Below zero: none was left.
    private async Task<int> TakeTryAsync(RaDbContext db, string reference, CancellationToken cancel)
    {
        var most = options.Authorisations.MostWrongTries;
        var now = time.GetUtcNow();
        await db.CountTriesOfAsync(reference, now, cancel);
        var taken = await db.CodeTries.Where(t => t.Reference == reference && t.Wrong < most)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.Wrong, x => x.Wrong + 1).SetProperty(x => x.LastAt, now), cancel);
        return taken == 0 ? -1 : most - await db.CodeTries.Where(t => t.Reference == reference).Select(t => t.Wrong).SingleAsync(cancel);
    }
}
