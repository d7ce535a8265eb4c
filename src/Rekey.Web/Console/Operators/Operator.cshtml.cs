using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Operators;

/// <summary>One operator: what she is, and what the viewer may do about it.</summary>
[Requires(Permission.SeeOperators)]
internal sealed class OperatorModel(RaOptions options, OperatorList list, ConfirmOperator confirm, ChangeOperator change, RemoveOperator remove) : OperatorsPage(options, list)
{
    public OperatorSummary Shown { get; private set; } = null!;

    /// <summary>The version that the form was made from.</summary>
    [BindProperty]
    public int Version { get; set; }

    [BindProperty]
    public OperatorDuties[]? Duties { get; set; }

    [BindProperty]
    public string? ScopeText { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public bool IsSelf => Shown.StableId == Operator.StableId;

    /// <summary>Whether she may change or remove the one shown; the rules have the last word.</summary>
    public bool MayTouch => !IsSelf && Shown.State != OperatorState.Removed && Operator.Role == OperatorRules.AppointedBy(Shown.Role) && Scope.Covers(Shown.Scope);

    /// <summary>Whether the appointment waits for her.</summary>
    public bool MayConfirm => !IsSelf && Shown.State == OperatorState.Waiting && Operator.Role == OperatorRules.ConfirmedBy(Shown.Role) && !OperatorRules.IsOwnAct(Operator, Shown.AppointedBy);

    /// <summary>Whether the role has anything to change.</summary>
    public bool HasScope => Shown.Role is OperatorRole.Operator or OperatorRole.BusinessAdministrator;

    public Task<IActionResult> OnGetAsync(string id) => ShowAsync(id);

    [Requires(Permission.AppointOperators)]
    public Task<IActionResult> OnPostConfirmAsync(string id) => ActAsync(id, () => confirm.ConfirmAsync(id, Version, Operator, HttpContext.RequestAborted));

    [Requires(Permission.AppointOperators)]
    public Task<IActionResult> OnPostChangeAsync(string id) =>
        ActAsync(id, () => change.ChangeAsync(id, Version, Sum(Duties), OperatorScope.Read(ScopeText), Operator, "", HttpContext.RequestAborted));

    [Requires(Permission.AppointOperators)]
    public Task<IActionResult> OnPostRemoveAsync(string id) =>
        ActAsync(id, () => remove.RemoveAsync(id, Version, (Reason ?? "").Trim(), Operator, "", HttpContext.RequestAborted));

    private Task<IActionResult> ActAsync(string id, Func<Task> act) => TryAsync(act, ConsoleUrls.OperatorPage(id), () => ShowAsync(id));

    private async Task<IActionResult> ShowAsync(string id)
    {
        Shown = (await List.ListAsync(Operator, HttpContext.RequestAborted)).SingleOrDefault(o => o.StableId == id) ?? throw new ProblemException(Problems.OperatorUnknown());
        ScopeText ??= Shown.Scope.ToString();
        return Page();
    }
}
