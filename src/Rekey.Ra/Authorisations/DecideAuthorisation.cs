using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;

namespace Rekey.Ra.Authorisations;

/// <summary>
/// What people do with an authorisation after it was made: its maker signs it, another person approves it with a signature, or refuses it; it
/// is withdrawn. Persons are compared, by the stable identifiers of their certificates, never accounts. The CA looks at the signatures once
/// more and by itself; here they are looked at so that a mistake shows at once.
/// </summary>
internal sealed class DecideAuthorisation(Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>The maker signs.</summary>
    /// <param name="id">Which authorisation.</param>
    /// <param name="by">Who is logged in.</param>
    /// <param name="signature">Detached signature under its document.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">It does not count, or somebody was faster.</exception>
    public Task SignAsync(long id, SignedInOperator by, byte[] signature, CancellationToken cancel) => ChangeAsync(id, AuthorisationState.Made, "authorisation.signed", by, [Permission.MakeCards], async (db, row) =>
    {
        if (row.Maker != by.StableId)
        {
            throw new ProblemException(Problems.AuthorisationUnknown()); // what somebody else has begun is not on anybody's list
        }

        await DemandOwnSignatureAsync(db, row, by.StableId, signature, cancel);
        row.MakerSignature = signature;
        row.State = AuthorisationState.Waiting;
    }, cancel);

    /// <summary>Another person approves: from now on the codes are taken.</summary>
    /// <param name="id">Which authorisation.</param>
    /// <param name="by">Who is logged in.</param>
    /// <param name="signature">Detached signature under its document.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3401 it is the person's own; or the signature does not count, or somebody was faster.</exception>
    public Task ApproveAsync(long id, SignedInOperator by, byte[] signature, CancellationToken cancel) => ChangeAsync(id, AuthorisationState.Waiting, "authorisation.approved", by, [Permission.DecideRequests], async (db, row) =>
    {
        DemandOther(row, by.StableId);
        await DemandOwnSignatureAsync(db, row, by.StableId, signature, cancel);
        row.CheckerSignature = signature;
        Decide(row, AuthorisationState.Approved, by.StableId, null);
    }, cancel);

    /// <summary>Another person refuses.</summary>
    /// <param name="id">Which authorisation.</param>
    /// <param name="by">Who is logged in.</param>
    /// <param name="reason">Why, on one line.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3401 it is the person's own; or somebody was faster.</exception>
    public Task RefuseAsync(long id, SignedInOperator by, string reason, CancellationToken cancel) => ChangeAsync(id, AuthorisationState.Waiting, "authorisation.refused", by, [Permission.DecideRequests], (_, row) =>
    {
        DemandOther(row, by.StableId);
        Decide(row, AuthorisationState.Refused, by.StableId, Line(reason));
        return Task.CompletedTask;
    }, cancel);

    /// <summary>Withdraws one that was not used yet. A download that is under way is not stopped by it: that is what revoking is for.</summary>
    /// <param name="id">Which authorisation.</param>
    /// <param name="by">Who is logged in.</param>
    /// <param name="reason">Why, on one line.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">It was used, or ended otherwise.</exception>
    public Task WithdrawAsync(long id, SignedInOperator by, string reason, CancellationToken cancel) => ChangeAsync(id, null, "authorisation.withdrawn", by, [Permission.MakeCards, Permission.DecideRequests], (_, row) =>
    {
        if (row.State is not (AuthorisationState.Made or AuthorisationState.Waiting or AuthorisationState.Approved))
        {
            throw new ProblemException(Changed(row));
        }

        Decide(row, AuthorisationState.Withdrawn, by.StableId, Line(reason));
        return Task.CompletedTask;
    }, cancel);

    private async Task ChangeAsync(
        long id, AuthorisationState? expected, string kind, SignedInOperator by, Permission[] oneOf, Func<RaDbContext, Authorisation, Task> change, CancellationToken cancel)
    {
        if (!oneOf.Any(by.May))
        {
            throw new ProblemException(Problems.NoPermission());
        }

        await using var act = await acts.BeginAsync(cancel);
        var row = await act.Db.Authorisations.Include(a => a.Subscriber).SingleOrDefaultAsync(a => a.Id == id, cancel);
        if (row is null || !by.Scope.Contains(row.Subscriber.CreditCode))
        {
            throw new ProblemException(Problems.AuthorisationUnknown());
        }

        if (expected is { } state && row.State != state)
        {
            throw new ProblemException(Changed(row));
        }

        if (expected is not null && row.ExpiresAt < time.GetUtcNow())
        {
            throw new ProblemException(Problems.AuthorisationExpired(RenewalWindow.CalendarDay(row.ExpiresAt, options.Institution.Zone())));
        }

        await change(act.Db, row);
        row.Version++;
        act.Record(MakeAuthorisation.Entry(kind, by.StableId, row));
        try
        {
            await act.CommitAsync(cancel);
        }
        catch (DbUpdateConcurrencyException e)
        {
            throw new ProblemException(Problems.AuthorisationChanged("-", "-"), e);
        }
    }

    private void Decide(Authorisation row, AuthorisationState state, string person, string? reason)
    {
        row.State = state;
        row.Decider = person;
        row.DecidedAt = time.GetUtcNow();
        row.DecisionReason = reason;
    }

    private async Task DemandOwnSignatureAsync(RaDbContext db, Authorisation row, string person, byte[] signature, CancellationToken cancel)
    {
        Certificate signer;
        try
        {
            signer = DocumentSignature.Verify(signature, row.Document).Certificate;
        }
        catch (DocumentSignatureException e)
        {
            throw new ProblemException(Problems.SignatureNotAccepted(), e);
        }

        var now = time.GetUtcNow();
        var sha256 = signer.Sha256;
        var counts = await db.Certificates.AsNoTracking().AnyAsync(
            c => c.Sha256 == sha256 && c.State == CertificateState.Active && c.NotAfter > now && c.Subscriber.StableId == person && c.Subscriber.State == SubscriberState.Registered, cancel);
        if (!counts)
        {
            throw new ProblemException(Problems.SignatureNotAccepted());
        }
    }

    private static void DemandOther(Authorisation row, string person)
    {
        if (row.Maker == person || row.Subscriber.StableId == person)
        {
            throw new ProblemException(Problems.OwnAct());
        }
    }

    private static string Line(string reason) => PlainLine.Is(reason, PlainLine.MostOfReason)
        ? reason : throw new ProblemException(Problems.BadRequest($"reason is one line of 1 to {PlainLine.MostOfReason} characters"));

    private static Problem Changed(Authorisation row) => Problems.AuthorisationChanged(row.Decider ?? row.Maker, row.State.ToString());
}
