using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Cmp;
using Rekey.Ra.Operators;
using Rekey.Web.Console.Texts;

namespace Rekey.Web.Console.Requests;

/// <summary>Requests of CMP clients that wait for a person.</summary>
[Requires(Permission.SeeRequests)]
internal sealed class IndexModel(RaOptions options, DecideWaiting decide, TimeProvider time) : ConsolePage(options)
{
    public IReadOnlyList<WaitingSummary> All { get; private set; } = [];

    /// <summary>The reference of the request that the page shows in full.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Reference { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>What came of the last decision.</summary>
    [BindProperty(SupportsGet = true)]
    public DecisionOutcome? Outcome { get; set; }

    /// <summary>The reason of a refusal is missing, or no line.</summary>
    public bool ReasonWrong { get; private set; }

    public WaitingSummary? Shown => All.FirstOrDefault(w => w.Reference == Reference);

    /// <summary>Only what was done to a request that is still to be seen counts as news.</summary>
    public string? News => Outcome switch
    {
        DecisionOutcome.Done => ConsoleText.Requests_Done,
        DecisionOutcome.ApprovedBefore => ConsoleText.Requests_ApprovedBefore,
        DecisionOutcome.RefusedBefore => ConsoleText.Requests_RefusedBefore,
        DecisionOutcome.NoReference or DecisionOutcome.NothingWaits => ConsoleText.Requests_Gone,
        _ => null,
    };

    public async Task OnGetAsync() => All = await decide.ListAsync(Scope, HttpContext.RequestAborted);

    [Requires(Permission.DecideRequests)]
    public async Task<IActionResult> OnPostApproveAsync() =>
        Next(await decide.ApproveAsync(Reference ?? "", Scope, Actor, HttpContext.RequestAborted));

    [Requires(Permission.DecideRequests)]
    public async Task<IActionResult> OnPostRefuseAsync()
    {
        var reason = (Reason ?? "").Trim();
        if (!PlainLine.Is(reason, DecideWaiting.MaxReason))
        {
            ReasonWrong = true;
            Response.StatusCode = Problems.ReasonMissing(DecideWaiting.MaxReason).HttpStatus;
            await OnGetAsync();
            return Page();
        }

        return Next(await decide.RefuseAsync(Reference ?? "", reason, Scope, Actor, HttpContext.RequestAborted));
    }

    /// <summary>How long a request has waited.</summary>
    public string Waited(WaitingSummary request) => WaitWords.Of(time.GetUtcNow() - request.ReceivedAt);

    private LocalRedirectResult Next(DecisionOutcome outcome) => LocalRedirect($"{ConsoleUrls.Requests}?Outcome={outcome}");
}
