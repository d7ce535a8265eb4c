using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Web.Design;

namespace Rekey.Web.Console;

/// <summary>
/// What every page of the console has: who acts, and what she may. <see cref="ConsoleGate"/> has let her in before a page is asked;
/// whatever a page reads goes through her <see cref="Scope"/>, and whatever it does is done in the name of <see cref="Actor"/>. A handler
/// that may change something (<c>OnPostX</c>) says by <see cref="RequiresAttribute"/> what it asks for; its form has an antiforgery token.
/// </summary>
internal abstract class ConsolePage(RaOptions options) : PageModel
{
    public RaOptions Options => options;

    /// <summary>Who acts.</summary>
    public SignedInOperator Operator => ConsoleGate.OperatorOf(HttpContext) ?? throw new InvalidOperationException("nobody is logged in");

    /// <summary>Whose subscribers she sees.</summary>
    public OperatorScope Scope => Operator.Scope;

    /// <summary>How the audit log names her.</summary>
    public string Actor => Operator.Actor;

    /// <summary>The address of this page as other links of ours may name it.</summary>
    public virtual string Here => Request.Path + Request.QueryString;

    /// <summary>Whether htmx asks for a part of the page, not a browser for all of it.</summary>
    public bool IsPartial => Request.Headers["HX-Request"] == "true" && Request.Headers["HX-History-Restore-Request"] != "true";

    /// <summary>Whether she may, so that a page shows no way that ends at a refusal.</summary>
    public bool May(Permission permission) => Operator.May(permission);

    /// <inheritdoc/>
    [NonHandler] // its name looks like a handler's, for the method PAGE
    public override Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        SecurityHeaders.Set(HttpContext);
        ViewData["Page"] = this;
        ConsoleGate.RequireForHandler(context);
        return next();
    }
}
