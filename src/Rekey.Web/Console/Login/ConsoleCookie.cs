using Microsoft.AspNetCore.Http;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Console.Login;

/// <summary>The cookie of a console session: a secret, of which the server keeps the hash.</summary>
internal static class ConsoleCookie
{
    private const string SecureName = "__Host-rk-console";

    // Chromium 86 drops a Secure cookie on http://localhost.
    private const string LoopbackName = "rk-console";

    public static string? Read(HttpRequest request) => request.Cookies[NameFor(request)];

    /// <summary>Ends with the browser: what is longer is the server's to say.</summary>
    public static void Set(HttpContext context, string secret) => context.Response.Cookies.Append(NameFor(context.Request), secret, Options(context.Request));

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(NameFor(context.Request), Options(context.Request));

    private static string NameFor(HttpRequest request) => BrowserGuard.IsPlainLoopback(request) ? LoopbackName : SecureName;

    private static CookieOptions Options(HttpRequest request) => new()
    {
        HttpOnly = true,
        Secure = !BrowserGuard.IsPlainLoopback(request),
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
    };
}
