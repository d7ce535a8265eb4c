namespace Rekey.Ra.Operators;

/// <summary>The second person's word on an appointment.</summary>
internal sealed class ConfirmOperator(OperatorActs rows)
{
    /// <summary>Confirms.</summary>
    /// <param name="stableId">Whose appointment.</param>
    /// <param name="version">The row's version that was seen: what is confirmed is what was read.</param>
    /// <param name="by">Who confirms.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="Contract.Problems.ProblemException">RK-3401, RK-3403, RK-3404, RK-3408, RK-3409.</exception>
    public Task ConfirmAsync(string stableId, int version, SignedInOperator by, CancellationToken cancel) =>
        rows.ChangeAsync(stableId, version, by, by.Actor, "operator.confirmed", row =>
        {
            var refusal = OperatorRules.WhyNotConfirm(by, row);
            row.State = refusal is null ? OperatorState.Active : row.State;
            return refusal;
        }, cancel);
}
