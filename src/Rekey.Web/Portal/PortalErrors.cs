using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Problems;
using Rekey.Web.Console;

namespace Rekey.Web.Portal;

/// <summary>The edge of the pages: whatever goes wrong ends on the one page with the three texts.</summary>
internal static partial class PortalErrors
{
    public const string PagePath = "/CaUpdate/problem";

    public static void Use(IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = PagePath,
            StatusCodeSelector = e => e is ProblemException p ? p.Problem.HttpStatus : StatusCodes.Status500InternalServerError,
            // A refusal is an answer, not an incident.
            SuppressDiagnosticsCallback = context => context.Exception is ProblemException,
        });
        app.UseStatusCodePagesWithReExecute(PagePath);
        app.Use((context, next) =>
        {
            // Other parts of the server answer programs, which have no use for a page.
            if (!IsPage(context) && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            {
                pages.Enabled = false;
            }

            return next(context);
        });
    }

    private static bool IsPage(HttpContext context) =>
        IsConsole(context.Request.Path) || (context.Request.Path.StartsWithSegments("/CaUpdate") && !context.Request.Path.StartsWithSegments("/CaUpdate/api"));

    /// <summary>Whether what failed was of the console, whose page of errors looks like it.</summary>
    public static bool IsOfConsole(HttpContext context) =>
        IsConsole(context.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? context.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath ?? default(PathString));

    private static bool IsConsole(PathString path) => path.StartsWithSegments(ConsoleGate.Root);

    /// <summary>The problem that brought the request to the error page.</summary>
    public static Problem Of(HttpContext context, ILogger log)
    {
        switch (context.Features.Get<IExceptionHandlerFeature>()?.Error)
        {
            case ProblemException e:
                return e.Problem;
            case { } e:
                var incident = Guid.NewGuid().ToString("N")[..10];
                LogIncident(log, incident, e);
                return Problems.Internal(incident);
        }

        return context.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalStatusCode switch
        {
            StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(),
            StatusCodes.Status413PayloadTooLarge => Problems.TooLarge(),
            StatusCodes.Status400BadRequest => Problems.BadRequest("the form has run out"),
            _ => Problems.NotFound(),
        };
    }

    [LoggerMessage(2201, LogLevel.Error, "Incident {Incident} in a page")]
    private static partial void LogIncident(ILogger log, string incident, Exception e);
}
