using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;

namespace Rekey.Ra.Operators;

/// <summary>What an operator shall be.</summary>
/// <param name="Role">Role.</param>
/// <param name="Duties">Duties; of the role <see cref="OperatorRole.Operator"/> alone.</param>
/// <param name="Scope">Whom she serves; everybody for the roles that have no scope.</param>
internal sealed record Appointment(OperatorRole Role, OperatorDuties Duties, OperatorScope Scope)
{
    /// <summary>Without what the role does not have.</summary>
    public Appointment Fitting() => this with
    {
        Duties = Role == OperatorRole.Operator ? Duties : OperatorDuties.None,
        Scope = Role is OperatorRole.Operator or OperatorRole.BusinessAdministrator ? Scope : OperatorScope.All,
    };
}

/// <summary>Makes a registered person an operator. Where the rules name a second person, it counts when that one has confirmed it.</summary>
internal sealed class AppointOperator(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, OperatorActs rows, TimeProvider time)
{
    /// <summary>Appoints.</summary>
    /// <param name="stableId">Whom.</param>
    /// <param name="wanted">To what.</param>
    /// <param name="by">Who appoints; null: the server's own console, whose word needs no second person.</param>
    /// <param name="console">How the audit log names the server's own console.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>How she stands now.</returns>
    /// <exception cref="ProblemException">RK-3309, RK-3402 to RK-3407.</exception>
    public async Task<OperatorState> AppointAsync(string stableId, Appointment wanted, SignedInOperator? by, string console, CancellationToken cancel)
    {
        wanted = wanted.Fitting();
        if (OperatorRules.WhyNotAppoint(by, stableId, wanted) is { } refusal)
        {
            throw new ProblemException(refusal);
        }

        try
        {
            return await TryAppointAsync(stableId, wanted, by, by?.Actor ?? console, cancel);
        }
        catch (DbUpdateException)
        {
            // Somebody appointed the same person meanwhile; if it was anything else, it stands as it was.
            await using var db = await contexts.CreateDbContextAsync(cancel);
            if (await db.Operators.AnyAsync(o => o.Subscriber.StableId == stableId && o.State != OperatorState.Removed, cancel))
            {
                throw new ProblemException(Problems.OperatorHasRole());
            }

            throw;
        }
    }

    private async Task<OperatorState> TryAppointAsync(string stableId, Appointment wanted, SignedInOperator? by, string actor, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var person = await act.Db.Subscribers.SingleOrDefaultAsync(s => s.StableId == stableId, cancel) ?? throw new ProblemException(Problems.SubscriberUnknown());
        if (person.Kind != SubscriberKind.Person || person.State != SubscriberState.Registered)
        {
            throw new ProblemException(Problems.OperatorIsNoPerson());
        }

        var row = await act.Db.Operators.Include(o => o.Subscriber).SingleOrDefaultAsync(o => o.SubscriberId == person.Id, cancel);
        if (row is { State: not OperatorState.Removed })
        {
            throw new ProblemException(Problems.OperatorHasRole());
        }

        if (row is null)
        {
            row = new Operator { Subscriber = person, Scope = "", AppointedBy = actor, ChangedBy = actor };
            act.Db.Operators.Add(row);
        }

        (row.Role, row.Duties, row.Scope) = (wanted.Role, wanted.Duties, wanted.Scope.ToString());
        (row.AppointedBy, row.AppointedAt, row.RemovalReason) = (actor, time.GetUtcNow(), null);
        row.State = by is not null && OperatorRules.ConfirmedBy(wanted.Role) is not null ? OperatorState.Waiting : OperatorState.Active;
        rows.Stamp(row, actor);
        act.Record(OperatorActs.Entry("operator.appointed", row, actor));
        await act.CommitAsync(cancel);
        return row.State;
    }
}
