using Microsoft.AspNetCore.Mvc;
using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Login;

/// <summary>Ends the session, on the server first.</summary>
[Requires(Permission.SeeOverview)]
internal sealed class LogoutModel(RaOptions options, ConsoleSessions sessions) : ConsolePage(options)
{
    public IActionResult OnGet() => LocalRedirect(ConsoleUrls.Home);

    [Requires(Permission.SeeOverview)]
    public async Task<IActionResult> OnPostAsync()
    {
        await sessions.EndAsync(ConsoleCookie.Read(Request)!, Operator, HttpContext.RequestAborted);
        ConsoleCookie.Delete(HttpContext);
        return LocalRedirect(ConsoleUrls.Login);
    }
}
