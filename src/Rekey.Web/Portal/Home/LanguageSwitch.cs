using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Routing;
using Rekey.Ra.Sessions;
using Rekey.Web.Console;

namespace Rekey.Web.Portal.Home;

/// <summary>Remembers the language, for pages and for the agent's windows of this visit.</summary>
internal static class LanguageSwitch
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/CaUpdate/language", SwitchAsync);

    private static async Task<IResult> SwitchAsync(HttpContext context, string? to, string? back, BrowserGuard guard, SessionStore sessions)
    {
        var language = to == "en" ? "en" : "zh-CN";
        context.Response.Cookies.Append(
            CookieRequestCultureProvider.DefaultCookieName,
            CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(language)),
            new CookieOptions { MaxAge = Kept, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, HttpOnly = true, IsEssential = true });
        if (await guard.FindAsync(context) is { } found)
        {
            await sessions.ChangeAsync(found.Key.Id, change =>
            {
                change.Session.Language = language;
                return Task.FromResult(true);
            }, context.RequestAborted);
        }

        return Results.Redirect(IsOurs(back) ? back! : Urls.Home);
    }

    // Only pages of portal and console: never "//host" or "/\host".
    private static bool IsOurs(string? back) => ConsoleUrls.IsOurs(back) || (back is not null && back.StartsWith(Urls.Home, StringComparison.Ordinal) && !back.Contains('\\'));
}
