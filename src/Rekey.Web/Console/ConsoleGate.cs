using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Web.Console.Login;

namespace Rekey.Web.Console;

/// <summary>
/// Lets operators in, each to what she may, and everybody else out: every endpoint below <c>/console</c> says by
/// <see cref="RequiresAttribute"/> what it asks for, or by <see cref="AllowAnonymousAttribute"/> that it asks for nothing. One that says
/// neither is shown to nobody.
/// </summary>
internal static partial class ConsoleGate
{
    public const string Root = "/console";

    private static readonly object Missing = new();

    /// <summary>Puts the gate into the way of all requests below <see cref="Root"/>. It must stand inside the handler that makes pages of errors.</summary>
    public static void Use(WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Rekey.Web.Console");
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Root), branch => branch.Use((context, next) => LetInAsync(context, next, log)));
    }

    /// <summary>Who the gate let in; null for nobody.</summary>
    public static SignedInOperator? OperatorOf(HttpContext context) => context.Features.Get<SignedInOperator>();

    /// <summary>What was asked for in vain, for the page that says who has it.</summary>
    public static Permission? MissingOf(HttpContext context) => context.Items[Missing] as Permission?;

    /// <summary>Asks for what a page's handler wants besides. A handler that may change something has to say what it asks for.</summary>
    public static void RequireForHandler(PageHandlerExecutingContext context)
    {
        var handler = context.HandlerMethod?.MethodInfo;
        var wanted = handler?.GetCustomAttribute<RequiresAttribute>();
        if (wanted is not null)
        {
            Require(context.HttpContext, wanted.Permission);
        }
        else if (handler is not null && !HttpMethods.IsGet(context.HttpContext.Request.Method) && !HttpMethods.IsHead(context.HttpContext.Request.Method))
        {
            throw new ProblemException(Problems.NoPermission());
        }
    }

    private static async Task LetInAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        var sessions = context.RequestServices.GetRequiredService<ConsoleSessions>();
        var (found, end) = await sessions.FindAsync(ConsoleCookie.Read(context.Request), context.RequestAborted);
        context.Features.Set(found);
        if (found is not null)
        {
            // So that a form's token is hers: one from another's session is refused.
            context.User = new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, found.Actor)], "console"));
        }

        var endpoint = context.GetEndpoint();
        if (endpoint is null || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(context);
            return;
        }

        if (found is null)
        {
            SendToLogin(context, end);
            return;
        }

        try
        {
            if (endpoint.Metadata.GetMetadata<RequiresAttribute>() is not { } wanted)
            {
                throw new ProblemException(Problems.NoPermission());
            }

            Require(context, wanted.Permission);
            await next(context);
        }
        catch (ProblemException e) when (e.Problem.Number == Problems.NoPermission().Number)
        {
            LogDenied(log, found.Actor, context.Request.Method, context.Request.Path);
            throw;
        }
    }

    private static void Require(HttpContext context, Permission permission)
    {
        var found = OperatorOf(context)!;
        context.Items[Missing] = found.May(permission) ? null : permission;
        found.Require(permission);
    }

    // A form that comes too late leads back to its page, not to what it would have done.
    private static void SendToLogin(HttpContext context, ConsoleSessionEnd end)
    {
        var request = context.Request;
        var back = request.Path + (HttpMethods.IsGet(request.Method) ? request.QueryString : QueryString.Empty);
        var login = $"{ConsoleUrls.Login}?returnTo={Uri.EscapeDataString(back)}{(end == ConsoleSessionEnd.None ? "" : $"&ended={end}")}";
        context.Response.Headers.CacheControl = "no-store";
        if (request.Headers.ContainsKey("HX-Request"))
        {
            // A part of a page must not become the login's; htmx then loads the whole.
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers["HX-Redirect"] = login;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = login;
    }

    [LoggerMessage(2210, LogLevel.Warning, "{Actor} has no permission for {Method} {Path}")]
    private static partial void LogDenied(ILogger log, string actor, string method, string path);
}
