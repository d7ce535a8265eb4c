using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Download;
using Rekey.Ra.Sessions;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Download;

internal sealed class CheckModel(SessionReader reader, BrowserGuard guard, RaOptions options, DownloadReader downloads, BeginDownload begin) : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Download;

    public AuthorisedCard Card { get; private set; } = null!;

    /// <summary>The token that it goes to; null when it is not there any more.</summary>
    public TokenSummary? Token { get; private set; }

    public IReadOnlyList<PreflightCheck>? Checks => Progress.Checks;

    public IEnumerable<PreflightCheck> Failed => Checks?.Where(c => c.Outcome == PreflightOutcome.Failed) ?? [];

    public IEnumerable<PreflightCheck> Warnings => Checks?.Where(c => c.Outcome == PreflightOutcome.Warning) ?? [];

    /// <summary>The authorisation no longer stands: the page is its error page.</summary>
    public Problem? Refusal => Progress.RenewalId is null ? Failed.FirstOrDefault(c => c.Kind == PreflightKind.Authorisation)?.Problem?.ToProblem() : null;

    /// <summary>"Download" was pressed; the rest happens in the agent's window.</summary>
    public bool Started => Progress.RenewalId is not null;

    public async Task<IActionResult> OnGetAsync()
    {
        if (Admit(PortalStep.Check) is { } elsewhere)
        {
            return elsewhere;
        }

        Card = await downloads.AuthorisedAsync(Snapshot!, HttpContext.RequestAborted);
        Token = Progress.SelectedToken is { } chosen ? Progress.FindToken(chosen) : null;
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
            await begin.BeginAsync(Snapshot.Session, HttpContext.RequestAborted);
        }

        return Redirect(UrlOf(PortalStep.Check));
    }
}
