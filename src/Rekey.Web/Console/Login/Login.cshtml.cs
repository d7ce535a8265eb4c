using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Login;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Web.Console.Texts;
using Rekey.Web.Design;

namespace Rekey.Web.Console.Login;

/// <summary>The door of the console: a login with one's own key. It says why a session ended, and keeps the way back.</summary>
[AllowAnonymous]
internal sealed class LoginModel(RaOptions options, IAntiforgery antiforgery) : PageModel
{
    public RaOptions Options => options;

    /// <summary>Where a login leads.</summary>
    public string Back { get; private set; } = ConsoleUrls.Home;

    /// <summary>This page's address.</summary>
    public string Here => Request.Path + Request.QueryString;

    /// <summary>Why the session before ended; null when there was none.</summary>
    public string? WhyEnded { get; private set; }

    /// <summary>The agent's installer for the visitor's system, by the User-Agent.</summary>
    public AgentInstaller? Installer { get; private set; }

    public IActionResult OnGet(string? returnTo, ConsoleSessionEnd ended)
    {
        SecurityHeaders.Set(HttpContext);
        if (HttpContext.RequestServices.GetService<LoginOptions>() is null)
        {
            throw new ProblemException(Problems.NotFound()); // a host without the console
        }

        // Two tabs go on after a login at the same moment: with the cookie set here, the forms of both count.
        antiforgery.GetAndStoreTokens(HttpContext);
        Back = ConsoleUrls.IsOurs(returnTo) ? returnTo! : ConsoleUrls.Home;
        if (ConsoleGate.OperatorOf(HttpContext) is not null)
        {
            return LocalRedirect(Back);
        }

        WhyEnded = ended switch
        {
            ConsoleSessionEnd.Idle => ConsoleText.Ended_Idle,
            ConsoleSessionEnd.TooLong => ConsoleText.Ended_TooLong,
            ConsoleSessionEnd.Changed => ConsoleText.Ended_Changed,
            ConsoleSessionEnd.Removed => ConsoleText.Ended_Removed,
            ConsoleSessionEnd.Certificate => ConsoleText.Ended_Certificate,
            _ => null,
        };
        var agent = Request.Headers.UserAgent.ToString();
        Installer = Options.Sessions.Installers.FirstOrDefault(i => i.UserAgentWords.All(w => agent.Contains(w, StringComparison.Ordinal)));
        return Page();
    }
}
