using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

[EnableRateLimiting(RateLimits.Create)]
internal sealed class ConnectModel(SessionReader reader, BrowserGuard guard, RaOptions options, RelaunchSession relaunch, TimeProvider time)
    : PortalPage(reader, guard, options)
{
    private readonly BrowserGuard guard = guard;

    /// <summary>The visitor has waited for the agent, or wants to know what to do when it does not come.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Waited { get; set; }

    public string LaunchUri { get; private set; } = "";

    public string OwnOrigin { get; private set; } = "";

    public bool TicketExpired { get; private set; }

    /// <summary>The installer for the visitor's system, by the User-Agent.</summary>
    public AgentInstaller? Installer { get; private set; }

    public IActionResult OnGet()
    {
        if (Admit(PortalStep.Connect) is { } elsewhere)
        {
            return elsewhere;
        }

        var session = Snapshot!.Session;
        LaunchUri = BrowserEndpoints.LaunchUri(guard, Request, Snapshot.Key, session);
        OwnOrigin = guard.OwnOrigin(Request);
        var left = session.TicketExpiresAt - time.GetUtcNow();
        TicketExpired = !Progress.Attached && !Progress.Stopped && left <= TimeSpan.Zero;
        RefreshIn = Progress.Attached || TicketExpired || Progress.Stopped ? null : (int)left.TotalMilliseconds + 500;
        Status = Progress.Attached ? Text.Connect_Consent : null;
        var agent = Request.Headers.UserAgent.ToString();
        Installer = Options.Sessions.Installers.FirstOrDefault(i => i.UserAgentWords.All(w => agent.Contains(w, StringComparison.Ordinal)));
        return Page();
    }

    /// <summary>A new ticket: the way on after every stop.</summary>
    public async Task<IActionResult> OnPostAgainAsync()
    {
        if (Snapshot is null)
        {
            throw new ProblemException(Problems.SessionUnknown());
        }

        await relaunch.RelaunchAsync(Snapshot.Key, HttpContext.RequestAborted);
        return Redirect(Urls.Of(PortalStep.Connect));
    }
}
