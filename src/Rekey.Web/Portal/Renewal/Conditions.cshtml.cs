using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Rekey.Contract.Bridge;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Renewal;

[EnableRateLimiting(RateLimits.Create)]
internal sealed class ConditionsModel(
    SessionReader reader, BrowserGuard guard, RaOptions options, OpenSession open, RelaunchSession relaunch, CancelSession cancel)
    : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Renew;

    [BindProperty(SupportsGet = true)]
    public string? ReturnTo { get; set; }

    public ProfileRule Rule => Options.Renewal.For("default");

    /// <summary>A return address that is no business system's goes no further.</summary>
    public override string Here => ReturnTo is null ? Request.Path : base.Here;

    public void OnGet()
    {
        // An address that is not a business system's is as good as none.
        ReturnTo = open.FindBusinessSystem(ReturnTo) is null ? null : ReturnTo;
    }

    /// <summary>Begins, or goes on where this browser's session stands.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (Snapshot is { Session.Purpose: SessionPurpose.Renew, Progress: { Attached: true, Stopped: false, Step: not PortalStep.Done } running })
        {
            return Redirect(Urls.Of(running.Page));
        }

        if (Snapshot is { Session.Purpose: SessionPurpose.Renew, Progress: { RenewalId: not null, Step: not PortalStep.Done } })
        {
            await relaunch.RelaunchAsync(Snapshot.Key, HttpContext.RequestAborted);
            return Redirect(Urls.Of(PortalStep.Connect));
        }

        if (Snapshot is not null)
        {
            await cancel.CancelAsync(Snapshot.Key.Id, HttpContext.RequestAborted);
        }

        var returnTo = open.FindBusinessSystem(ReturnTo) is null ? null : ReturnTo;
        var (key, _) = await open.OpenAsync(new CreateSession(SessionPurpose.Renew, returnTo), CultureInfo.CurrentUICulture.Name, HttpContext.RequestAborted);
        BrowserGuard.SetCookie(HttpContext, key);
        return Redirect(Urls.Of(PortalStep.Connect));
    }
}
