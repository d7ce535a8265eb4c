using Rekey.Contract.Problems;

namespace Rekey.Ra.Operators;

/// <summary>Removes an operator, or declines an appointment that waits. Her sessions end with the next request.</summary>
internal sealed class RemoveOperator(OperatorActs rows)
{
    /// <summary>Removes.</summary>
    /// <param name="stableId">Whom.</param>
    /// <param name="version">The row's version that was seen.</param>
    /// <param name="reason">Why: one line.</param>
    /// <param name="by">Who removes; null: the server's own console.</param>
    /// <param name="console">How the audit log names the server's own console.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3403, RK-3404, RK-3408, RK-3409, RK-3410.</exception>
    public Task RemoveAsync(string stableId, int version, string reason, SignedInOperator? by, string console, CancellationToken cancel)
    {
        if (!PlainLine.Is(reason, PlainLine.MostOfReason))
        {
            throw new ProblemException(Problems.ReasonMissing(PlainLine.MostOfReason));
        }

        return rows.ChangeAsync(stableId, version, by, console, "operator.removed", row =>
        {
            if (OperatorRules.WhyNotRemove(by, row) is { } refusal)
            {
                return refusal;
            }

            (row.State, row.RemovalReason) = (OperatorState.Removed, reason);
            return null;
        }, cancel);
    }
}
