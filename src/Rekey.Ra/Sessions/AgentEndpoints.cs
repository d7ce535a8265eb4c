using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>The agent's side of a session. No browser may speak here, and no answer ever allows one to (CORS).</summary>
internal static class AgentEndpoints
{
    private const int AttachLimit = 4096;

    // 64 certificates of 3 KB in base64, and their tokens.
    private const int EventLimit = 300_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/agent/v1");
        api.MapPost("/attach", AttachAsync).RequireRateLimiting(RateLimits.Attach);
        api.MapGet("/commands", CommandsAsync);
        api.MapPost("/events", EventAsync);
    }

    /// <summary>The session that the request's bearer token belongs to.</summary>
    /// <exception cref="ProblemException">RK-2010 from a browser; RK-2001 for a missing, wrong or revoked token.</exception>
    internal static async Task<Session> RequireAsync(HttpContext context, SessionStore sessions)
    {
        RequireNoBrowser(context.Request);
        return Bearer(context.Request) is { Length: BridgeSecret.Length } token && await sessions.FindByAgentTokenAsync(token, context.RequestAborted) is { } session
            ? session
            : throw new ProblemException(Problems.SessionUnknown());
    }

    /// <summary>The request's bearer token (RFC 6750 section 2.1); null when it has none.</summary>
    internal static string? Bearer(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.Ordinal) ? header[scheme.Length..] : null;
    }

    /// <exception cref="ProblemException">RK-2010: the request comes from a browser.</exception>
    internal static void RequireNoBrowser(HttpRequest request)
    {
        if (request.Headers.Origin.Count > 0 || request.Headers.Cookie.Count > 0 || request.Headers.ContainsKey("Sec-Fetch-Site"))
        {
            throw new ProblemException(Problems.ForeignOrigin());
        }
    }

    private static async Task<IResult> AttachAsync(HttpContext context, AttachAgent attach)
    {
        RequireNoBrowser(context.Request);
        var wish = await BridgeHttp.ReadAsync(context, BridgeJson.Default.Attach, AttachLimit);
        return BridgeHttp.Json(await attach.AttachAsync(wish, context.RequestAborted), BridgeJson.Default.Attached);
    }

    private static async Task<IResult> CommandsAsync(HttpContext context, int? after, SessionStore sessions, EventPoll poll)
    {
        var session = await RequireAsync(context, sessions);
        var commands = await poll.WaitForCommandsAsync(session, after ?? 0, BrowserEndpoints.PollLimit, context.RequestAborted);
        return BridgeHttp.Json(new AgentCommands(commands), BridgeJson.Default.AgentCommands);
    }

    private static async Task<IResult> EventAsync(HttpContext context, SessionStore sessions, AgentReport report)
    {
        var session = await RequireAsync(context, sessions);
        var happened = await BridgeHttp.ReadAsync(context, BridgeJson.Default.AgentEvent, EventLimit);
        await report.ReceiveAsync(session.Id, happened, context.RequestAborted);
        return Results.NoContent();
    }
}
