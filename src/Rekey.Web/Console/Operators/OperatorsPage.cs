using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Operators;

/// <summary>What the pages about operators have in common: a form that was refused is shown again, with the reason above it.</summary>
internal abstract class OperatorsPage(RaOptions options, OperatorList list) : ConsolePage(options)
{
    /// <summary>Why the last form came to nothing.</summary>
    public Problem? Problem { get; private set; }

    protected OperatorList List => list;

    /// <summary>The roles that she appoints; one at most.</summary>
    public OperatorRole? Appoints => Enum.GetValues<OperatorRole>().Where(r => OperatorRules.AppointedBy(r) == Operator.Role).Select(r => (OperatorRole?)r).FirstOrDefault();

    /// <summary>A time of the store, as the institution's people read it.</summary>
    public string Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Options.Institution.Zone()).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Acts, then leads on; or shows the page again when a rule says no.</summary>
    protected async Task<IActionResult> TryAsync(Func<Task> act, string next, Func<Task<IActionResult>> again)
    {
        try
        {
            await act();
            return LocalRedirect(next);
        }
        catch (ProblemException e) when (e.Problem.HttpStatus is >= 400 and < 500)
        {
            Problem = e.Problem;
            Response.StatusCode = e.Problem.HttpStatus;
            return await again();
        }
    }

    /// <summary>The duties that a form ticked.</summary>
    protected static OperatorDuties Sum(IEnumerable<OperatorDuties>? ticked) => (ticked ?? []).Aggregate(OperatorDuties.None, (all, d) => all | (d & (OperatorDuties)7));
}
