namespace Rekey.Ra.Operators;

/// <summary>Changes an operator's duties and scope. The role stays: another one is a removal and an appointment, with the people whom those need.</summary>
internal sealed class ChangeOperator(OperatorActs rows)
{
    /// <summary>Changes. A wider scope of someone whose appointment needs a second person waits for that person again.</summary>
    /// <param name="stableId">Whose.</param>
    /// <param name="version">The row's version that was seen.</param>
    /// <param name="duties">Duties from now on.</param>
    /// <param name="scope">Scope from now on.</param>
    /// <param name="by">Who changes; null: the server's own console.</param>
    /// <param name="console">How the audit log names the server's own console.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="Contract.Problems.ProblemException">RK-3402 to RK-3405, RK-3408, RK-3409.</exception>
    public Task ChangeAsync(
        string stableId, int version, OperatorDuties duties, OperatorScope scope, SignedInOperator? by, string console, CancellationToken cancel) =>
        rows.ChangeAsync(stableId, version, by, console, "operator.changed", row =>
        {
            var wanted = new Appointment(row.Role, duties, scope).Fitting();
            if ((OperatorRules.WhyNotTouch(by, row) ?? OperatorRules.WhyNotAppoint(by, stableId, wanted)) is { } refusal)
            {
                return refusal;
            }

            if (by is not null && OperatorRules.ConfirmedBy(row.Role) is not null && !OperatorScope.Parse(row.Scope).Covers(wanted.Scope))
            {
                (row.State, row.AppointedBy) = (OperatorState.Waiting, by.Actor);
            }

            (row.Duties, row.Scope) = (wanted.Duties, wanted.Scope.ToString());
            return null;
        }, cancel);
}
