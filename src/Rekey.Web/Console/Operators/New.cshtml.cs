using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Operators;

/// <summary>An appointment to the role that the viewer appoints.</summary>
[Requires(Permission.AppointOperators)]
internal sealed class NewModel(RaOptions options, OperatorList list, AppointOperator appoint) : OperatorsPage(options, list)
{
    /// <summary>The person's stable identifier.</summary>
    [BindProperty]
    public string? Id { get; set; }

    [BindProperty]
    public OperatorDuties[]? Duties { get; set; }

    /// <summary>The scope, as typed.</summary>
    [BindProperty]
    public string? ScopeText { get; set; }

    public void OnGet() => ScopeText = Scope.ToString();

    [Requires(Permission.AppointOperators)]
    public Task<IActionResult> OnPostAsync()
    {
        var id = (Id ?? "").Trim();
        return TryAsync(
            async () =>
            {
                var role = Appoints ?? throw new ProblemException(Problems.AppointmentOfOthers());
                await appoint.AppointAsync(id, new(role, Sum(Duties), OperatorScope.Read(ScopeText ?? "all")), Operator, "", HttpContext.RequestAborted);
            },
            ConsoleUrls.OperatorPage(id),
            () => Task.FromResult<IActionResult>(Page()));
    }
}
