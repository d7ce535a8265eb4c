using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
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

    /// <summary>Lets the visitor in when the session stands at one of these steps; else sends them to where it stands.</summary>
    protected IActionResult? Admit(params ReadOnlySpan<PortalStep> steps)
    {
        if (Snapshot is null)
        {
            return Redirect(Urls.Home);
        }

        if (!steps.Contains(Progress.Page))
        {
            return Redirect(Urls.Of(Progress.Page));
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

    public const string Help = "/CaUpdate/help";

    public static string Of(PortalStep step) => step switch
    {
        PortalStep.Connect => "/CaUpdate/connect",
        PortalStep.Choose => "/CaUpdate/choose",
        PortalStep.Check => "/CaUpdate/check",
        PortalStep.Work => "/CaUpdate/work",
        _ => "/CaUpdate/done",
    };
}
