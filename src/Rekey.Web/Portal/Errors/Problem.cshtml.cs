using Microsoft.Extensions.Logging;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Errors;

/// <summary>The page that every failed request ends on.</summary>
internal sealed class ProblemModel(SessionReader reader, BrowserGuard guard, RaOptions options, ILogger<ProblemModel> log) : PortalPage(reader, guard, options)
{
    public Problem Problem { get; private set; } = Problems.NotFound();

    /// <summary>Whether it was the console that failed.</summary>
    public bool IsOfConsole => PortalErrors.IsOfConsole(HttpContext);

    /// <inheritdoc/>
    protected override bool GuardsPosts => false; // it shows why a POST was refused

    public void OnGet() => Problem = PortalErrors.Of(HttpContext, log);

    public void OnPost() => OnGet();
}
