using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Verification;

namespace Rekey.Login.Rendezvous;

/// <summary>The endpoints of a login. Those of the browser demand its own page and cookie, those of the agent demand that no browser speaks.</summary>
internal static class LoginEndpoints
{
    private const string SecureName = "__Host-rekey";

    // Chromium 86 drops a Secure cookie on http://localhost.
    private const string LoopbackName = "rekey";

    private const int BodyLimit = 4096;

    // A token, its nonce, and the members around them.
    private const int ReturnLimit = LoginTokenReader.MaxLength + 1024;

    // In base64.
    private const int SignatureLimit = (Pki.Documents.DocumentSignature.MaxLength / 3 * 4) + 1024;

    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, LoginHolder, Task> signIn)
    {
        var api = routes.MapGroup("/rekey").AddEndpointFilter(LoginHttp.EdgeAsync);
        api.MapPost("/start", StartAsync);
        api.MapGet("/events", EventsAsync);
        api.MapPost("/cancel", CancelAsync);
        api.MapGet("/return", ReturnPage.Html);
        api.MapGet("/return.js", ReturnPage.Script);
        api.MapGet("/return.css", ReturnPage.Style);
        api.MapPost("/finish", (HttpContext context, PageSide page, LoginOptions options) => FinishAsync(context, page, options, signIn));

        var agent = api.MapGroup("/agent/v1").AddEndpointFilter(NoBrowserAsync);
        agent.MapPost("/attach", AttachAsync);
        agent.MapGet("/commands", CommandsAsync);
        agent.MapPost("/events", ReportAsync);
        agent.MapPost("/challenge", ChallengeAsync);
        agent.MapPost("/return", ReturnAsync);
        agent.MapGet("/document", DocumentAsync);
        agent.MapPost("/signature", SignatureAsync);
    }

    private static async Task<IResult> StartAsync(HttpContext context, PageSide page, LoginOptions options, LoginLimits limits)
    {
        RequireOwnPage(context.Request, options);
        limits.Require(context);
        var wish = await LoginHttp.ReadAsync(context, LoginJson.Default.StartLogin, BodyLimit);
        var (answer, cookie) = await page.BeginAsync(wish, context.RequestAborted);
        context.Response.Cookies.Append(CookieName(options), cookie.ToString(), Cookie(options, LoginAttempt.Lifetime));
        return LoginHttp.Json(answer, LoginJson.Default.LoginStarted);
    }

    private static async Task<IResult> EventsAsync(HttpContext context, int? after, PageSide page, LoginOptions options)
    {
        var attempt = await page.RequireAsync(context.Request.Cookies[CookieName(options)], context.RequestAborted);
        return LoginHttp.Json(await page.EventsAsync(attempt, after ?? 0, context.RequestAborted), BridgeJson.Default.SessionEvents);
    }

    private static async Task<IResult> CancelAsync(HttpContext context, PageSide page, LoginOptions options)
    {
        RequireOwnPage(context.Request, options);
        var attempt = await page.RequireAsync(context.Request.Cookies[CookieName(options)], context.RequestAborted);
        await LoginHttp.ReadAsync(context, BridgeJson.Default.EmptyBody, BodyLimit);
        await page.CancelAsync(attempt, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> FinishAsync(HttpContext context, PageSide page, LoginOptions options, Func<HttpContext, LoginHolder, Task> signIn)
    {
        RequireOwnPage(context.Request, options);
        var wish = await LoginHttp.ReadAsync(context, LoginJson.Default.FinishLogin, BodyLimit);
        var cookie = context.Request.Cookies[CookieName(options)];
        var (holder, returnTo) = await page.FinishAsync(wish.Code, cookie, language => LoginHttp.Speak(context, language), context.RequestAborted);
        context.Response.Cookies.Delete(CookieName(options), Cookie(options, null));
        await signIn(context, holder);
        return LoginHttp.Json(new LoginFinished(returnTo), LoginJson.Default.LoginFinished);
    }

    private static async Task<IResult> AttachAsync(HttpContext context, AgentSide side, LoginLimits limits)
    {
        limits.Require(context);
        var wish = await LoginHttp.ReadAsync(context, BridgeJson.Default.Attach, BodyLimit);
        return LoginHttp.Json(await side.AttachAsync(wish, context.RequestAborted), BridgeJson.Default.Attached);
    }

    private static async Task<IResult> CommandsAsync(HttpContext context, AgentSide side)
    {
        var (attempt, _) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        return LoginHttp.Json(await side.CommandsAsync(attempt, context.RequestAborted), BridgeJson.Default.AgentCommands);
    }

    private static async Task<IResult> ReportAsync(HttpContext context, AgentSide side)
    {
        var (attempt, _) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        await side.ReportAsync(attempt, await LoginHttp.ReadAsync(context, BridgeJson.Default.AgentEvent, BodyLimit), context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> ChallengeAsync(HttpContext context, AgentSide side)
    {
        var (attempt, _) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        await LoginHttp.ReadAsync(context, BridgeJson.Default.EmptyBody, BodyLimit);
        return LoginHttp.Json(await side.ChallengeAsync(attempt, context.RequestAborted), LoginJson.Default.LoginChallenge);
    }

    private static async Task<IResult> ReturnAsync(HttpContext context, AgentSide side)
    {
        var (attempt, agent) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        var signed = await LoginHttp.ReadAsync(context, LoginJson.Default.LoginReturn, ReturnLimit);
        return LoginHttp.Json(await side.ReturnAsync(attempt, agent, signed, context.RequestAborted), LoginJson.Default.LoginCode);
    }

    private static async Task<IResult> DocumentAsync(HttpContext context, AgentSide side)
    {
        var (attempt, _) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        return LoginHttp.Json(AgentSide.Document(attempt), LoginJson.Default.DocumentToSign);
    }

    private static async Task<IResult> SignatureAsync(HttpContext context, AgentSide side)
    {
        var (attempt, _) = await side.RequireAsync(Bearer(context.Request), context.RequestAborted);
        var made = await LoginHttp.ReadAsync(context, LoginJson.Default.SignatureMade, SignatureLimit);
        await side.SignAsync(attempt, made, context.RequestAborted);
        return Results.NoContent();
    }

    private static async ValueTask<object?> NoBrowserAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var headers = call.HttpContext.Request.Headers;
        return headers.Origin.Count > 0 || headers.Cookie.Count > 0 || headers.ContainsKey("Sec-Fetch-Site")
            ? throw new ProblemException(Problems.ForeignOrigin())
            : await next(call);
    }

    private static void RequireOwnPage(HttpRequest request, LoginOptions options)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        if (request.Headers.Origin != options.Policy.Origin || (site.Count > 0 && site != "same-origin"))
        {
            throw new ProblemException(Problems.ForeignOrigin());
        }
    }

    private static string? Bearer(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.Ordinal) ? header[Scheme.Length..] : null;
    }

    internal static string CookieName(LoginOptions options) => IsPlain(options) ? LoopbackName : SecureName;

    private static bool IsPlain(LoginOptions options) => options.Policy.Origin.StartsWith("http:", StringComparison.Ordinal); // on this computer only

    internal static CookieOptions Cookie(LoginOptions options, TimeSpan? maxAge) => new()
    {
        HttpOnly = true,
        Secure = !IsPlain(options),
        SameSite = SameSiteMode.Strict, // the return page's own request carries it, however the page was opened
        Path = "/",
        IsEssential = true,
        MaxAge = maxAge,
    };
}
