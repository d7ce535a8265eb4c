using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>Reads and writes the JSON of the bridge, and turns what goes wrong into numbered problems.</summary>
internal static partial class BridgeHttp
{
    /// <summary>Address of a problem's page, relative to the origin.</summary>
    public static string ProblemPage(Problem problem) => $"/CaUpdate/problems/{problem.Code}";

    /// <summary>Reads a body of at most <paramref name="limit"/> octets.</summary>
    /// <exception cref="ProblemException">Wrong media type, too large, or not of the schema.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int limit)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problems.WrongMediaType("application/json"));
        }

        if (context.Request.ContentLength > limit)
        {
            throw new ProblemException(Problems.TooLarge());
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit;
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new ProblemException(Problems.BadRequest("the body is null"));
        }
        catch (JsonException)
        {
            // The parser's own message may quote the request.
            throw new ProblemException(Problems.BadRequest("the body does not fit the schema"));
        }
        catch (NotSupportedException)
        {
            throw new ProblemException(Problems.BadRequest("the body names an unknown type"));
        }
    }

    /// <summary>A JSON answer that no cache keeps.</summary>
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => new Answer<T>(value, type, status, "application/json");

    /// <summary>RFC 9457.</summary>
    public static IResult Problem(Problem problem) => new Answer<ProblemDocument>(
        new ProblemDocument(
            ProblemPage(problem),
            problem.Title(CultureInfo.CurrentUICulture),
            problem.HttpStatus,
            $"{problem.Meaning(CultureInfo.CurrentUICulture)} {problem.Action(CultureInfo.CurrentUICulture)}",
            problem.Code,
            WireProblem.Of(problem)),
        BridgeJson.Default.ProblemDocument,
        problem.HttpStatus,
        "application/problem+json");

    /// <summary>The HTTP edge of the bridge: every way to fail becomes a problem document, and what is unexpected stays in the log.</summary>
    public static async Task EdgeAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        Problem problem;
        try
        {
            await next(context);
            if (context.Response.HasStarted || context.Response.StatusCode is < 400 || context.Response.ContentType is not null)
            {
                return;
            }

            problem = context.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => Problems.NotFound(),
                StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(),
                _ => Problems.BadRequest("refused"),
            };
        }
        catch (ProblemException e)
        {
            problem = e.Problem;
        }
        catch (BadHttpRequestException e)
        {
            problem = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? Problems.TooLarge() : Problems.BadRequest("the request cannot be read");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // whoever asked has gone
        }
        catch (Exception e)
        {
            var incident = Guid.NewGuid().ToString("N")[..10];
            LogIncident(log, incident, e);
            problem = Problems.Internal(incident);
        }

        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            if (problem.HttpStatus == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer"; // RFC 9110 section 15.5.2
            }

            await Problem(problem).ExecuteAsync(context);
        }
    }

    [LoggerMessage(2102, LogLevel.Error, "Incident {Incident} in a bridge request")]
    private static partial void LogIncident(ILogger log, string incident, Exception e);

    private sealed class Answer<T>(T value, JsonTypeInfo<T> type, int status, string mediaType) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = mediaType;
            httpContext.Response.Headers.CacheControl = "no-store";
            return JsonSerializer.SerializeAsync(httpContext.Response.Body, value, type, httpContext.RequestAborted);
        }
    }
}
