using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

internal sealed class CheckModel(SessionReader reader, BrowserGuard guard, RaOptions options, BeginRenewal begin) : PortalPage(reader, guard, options)
{
    public CertificateCard? Card { get; private set; }

    protected override SessionPurpose? Serves => SessionPurpose.Renew;

    public IReadOnlyList<PreflightCheck>? Checks => Progress.Checks;

    public IEnumerable<PreflightCheck> Failed => Checks?.Where(c => c.Outcome == PreflightOutcome.Failed) ?? [];

    public IEnumerable<PreflightCheck> Warnings => Checks?.Where(c => c.Outcome == PreflightOutcome.Warning) ?? [];

    /// <summary>The rule says no: the page is the error page of that certificate.</summary>
    public Problem? Refusal => Progress.RenewalId is null ? Failed.FirstOrDefault(c => c.Kind == PreflightKind.Certificate)?.Problem?.ToProblem() : null;

    /// <summary>"Renew" was pressed; the rest happens in the agent's window.</summary>
    public bool Started => Progress.RenewalId is not null;

    public async Task<IActionResult> OnGetAsync()
    {
        if (Admit(PortalStep.Check) is { } elsewhere)
        {
            return elsewhere;
        }

        Card = await Reader.CardAsync(Snapshot!, Progress.Selected!, HttpContext.RequestAborted);
        Status = Progress.Pin switch
        {
            PinWindow.Open => Text.Check_PinOpen,
            PinWindow.OpenAfterWrong => WrongPin().Title(System.Globalization.CultureInfo.CurrentUICulture),
            _ => Checks is null && !Started ? Text.Check_Running : null,
        };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Snapshot is null)
        {
            throw new ProblemException(Problems.SessionUnknown());
        }

        if (Progress.RenewalId is null)
        {
            await begin.BeginAsync(Snapshot.Key.Id, HttpContext.RequestAborted);
        }

        return Redirect(Urls.Of(PortalStep.Check));
    }
}
