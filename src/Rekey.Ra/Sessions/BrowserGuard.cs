using Microsoft.AspNetCore.Http;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>What makes a browser's request ours: it comes from our own page, and carries the cookie of its session.</summary>
internal sealed class BrowserGuard(RaOptions options, SessionStore sessions)
{
    private const string SecureName = "__Host-rk";

    // Chromium 86 drops a Secure cookie on http://localhost.
    private const string LoopbackName = "rk";

    /// <summary>The origin that browsers see.</summary>
    public string OwnOrigin(HttpRequest request) => options.Sessions.PublicOrigin is { } configured
        ? configured.GetLeftPart(UriPartial.Authority)
        : $"{request.Scheme}://{request.Host}";

    /// <exception cref="ProblemException">RK-2010: the request does not come from a page of ours.</exception>
    public void RequireOwnPage(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        if (request.Headers.Origin != OwnOrigin(request) || (site.Count > 0 && site != "same-origin"))
        {
            throw new ProblemException(Problems.ForeignOrigin());
        }
    }

    /// <summary>The session of the request's cookie; null when there is none, or it is not right.</summary>
    public async Task<(SessionKey Key, Session Session)?> FindAsync(HttpContext context)
    {
        var cookie = context.Request.Cookies[NameFor(context.Request)];
        return SessionKey.Parse(cookie) is { } key
            && await sessions.FindAsync(key.Id, context.RequestAborted) is { } session
            && BridgeSecret.Matches(key.Secret, session.CookieSecretSha256)
                ? (key, session)
                : null;
    }

    /// <exception cref="ProblemException">RK-2001, the same for an unknown session and a wrong or missing cookie.</exception>
    public async Task<(SessionKey Key, Session Session)> RequireAsync(HttpContext context, string id) =>
        await FindAsync(context) is { } found && found.Key.Id == id ? found : throw new ProblemException(Problems.SessionUnknown());

    /// <summary>Gives the browser its half of a session.</summary>
    public static void SetCookie(HttpContext context, SessionKey key) => context.Response.Cookies.Append(NameFor(context.Request), key.CookieValue, new CookieOptions
    {
        HttpOnly = true,
        Secure = !IsPlainLoopback(context.Request),
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
        // A closed browser comes back to its renewal.
        MaxAge = OpenSession.Lifetime,
    });

    private static string NameFor(HttpRequest request) => IsPlainLoopback(request) ? LoopbackName : SecureName;

    /// <summary>Whether it is http on this computer, where cookies are not Secure.</summary>
    public static bool IsPlainLoopback(HttpRequest request) =>
        !request.IsHttps && (request.Host.Host is "localhost" || (System.Net.IPAddress.TryParse(request.Host.Host, out var ip) && System.Net.IPAddress.IsLoopback(ip)));
}
