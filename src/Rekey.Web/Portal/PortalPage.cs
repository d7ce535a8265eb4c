using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;
using Rekey.Web.Design;

namespace Rekey.Web.Portal;

/// <summary>What every page of the portal has: the visitor's session, if there is one, and what the script needs to follow it.</summary>
internal abstract class PortalPage(SessionReader reader, BrowserGuard guard, RaOptions options) : PageModel
{
    /// <summary>The visitor's session.</summary>
    public SessionSnapshot? Snapshot { get; private set; }

    /// <summary>Where it stands; only for pages that have a session.</summary>
    public SessionProgress Progress => Snapshot!.Progress;

    public RaOptions Options => options;

    protected SessionReader Reader => reader;

    /// <summary>The session that the script follows; null for pages that nothing changes.</summary>
    public string? LiveSession { get; protected set; }

    public int? LiveSeq => LiveSession is null ? null : Snapshot?.Progress.LastSeq;

    /// <summary>Milliseconds after which the page would look different though nothing happens.</summary>
    public int? RefreshIn { get; protected set; }

    /// <summary>What the live region says.</summary>
    public string? Status { get; protected set; }

    /// <summary>Browsers without script look again every few seconds.</summary>
    public bool ReloadWithoutScript => LiveSession is not null;

    /// <summary>The address of this page as other links of ours may name it.</summary>
    public virtual string Here => Request.Path + Request.QueryString;

    /// <summary>What the page is for; null for one that renewal and download share.</summary>
    protected virtual SessionPurpose? Serves => null;

    /// <summary>Whether the visitor is on the way of a download.</summary>
    public bool IsDownload => (Serves ?? Snapshot?.Session.Purpose) == SessionPurpose.Download;

    /// <summary>The page of a step of this visitor.</summary>
    public string UrlOf(PortalStep step) => Urls.Of(step, IsDownload);

    /// <summary>Whether a POST must come from a page of ours.</summary>
    protected virtual bool GuardsPosts => true;

    /// <inheritdoc/>
    [NonHandler] // its name looks like a handler's, for the method PAGE
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        SecurityHeaders.Set(HttpContext);
        ViewData["Page"] = this;
        if (GuardsPosts && HttpMethods.IsPost(Request.Method))
        {
            guard.RequireOwnPage(Request);
        }

        Snapshot = await reader.FindAsync(HttpContext);
        await next();
    }

    /// <summary>The wrong PIN as a problem, by the tries that are left.</summary>
    public Problem WrongPin() => Progress.TriesLeft switch
    {
        null => Problems.PinWrong(),
        0 => Problems.PinLocked(),
        1 => Problems.PinLastTry(),
        { } left => Problems.PinWrong(left),
    };

    /// <summary>Lets the visitor in when the session stands at one of these steps; else sends them to where it stands.</summary>
    protected IActionResult? Admit(params ReadOnlySpan<PortalStep> steps)
    {
        if (Snapshot is null)
        {
            return Redirect(Urls.Home);
        }

        if (!steps.Contains(Progress.Page) || (Serves is { } purpose && purpose != Snapshot.Session.Purpose))
        {
            return Redirect(Urls.Of(Progress.Page, Snapshot.Session.Purpose == SessionPurpose.Download));
        }

        LiveSession = Snapshot.Session.Id;
        return null;
    }
}

/// <summary>Addresses of the portal.</summary>
internal static class Urls
{
    public const string Home = "/CaUpdate/";

    public const string Conditions = "/CaUpdate/renew";

    /// <summary>Conditions of a download.</summary>
    public const string Download = "/CaUpdate/download";

    /// <summary>Where codes are typed.</summary>
    public const string Codes = "/CaUpdate/download/codes";

    public const string Help = "/CaUpdate/help";

    public static string Of(PortalStep step, bool download = false) => step switch
    {
        PortalStep.Connect => "/CaUpdate/connect",
        PortalStep.Choose => download ? "/CaUpdate/download/key" : "/CaUpdate/choose",
        PortalStep.Check => download ? "/CaUpdate/download/check" : "/CaUpdate/check",
        PortalStep.Work => "/CaUpdate/work",
        _ => "/CaUpdate/done",
    };
}
