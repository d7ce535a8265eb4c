using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Login.Rendezvous;

/// <summary>The HTTP edge: JSON in and out, cookie, origin, and every way to fail as a numbered problem (RFC 9457).</summary>
internal static partial class LoginHttp
{
    private const string Language = "rekey.language";

    /// <summary>Reads a body of at most <paramref name="limit"/> octets.</summary>
    /// <exception cref="ProblemException">RK-2011, RK-2012, RK-2013.</exception>
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
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // The parser's own message may quote the request.
            throw new ProblemException(Problems.BadRequest("the body does not fit the schema"));
        }
    }

    /// <summary>A JSON answer that no cache keeps.</summary>
    public static IResult Json<T>(T value, JsonTypeInfo<T> type) => new Answer<T>(value, type, StatusCodes.Status200OK, "application/json");

    /// <summary>In which language problems of this request are told.</summary>
    public static void Speak(HttpContext context, string language) => context.Items[Language] = language;

    /// <summary>Turns what an endpoint throws into an answer.</summary>
    public static async ValueTask<object?> EdgeAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var context = call.HttpContext;
        try
        {
            return await next(call);
        }
        catch (ProblemException e)
        {
            return Told(context, e.Problem);
        }
        catch (BadHttpRequestException e)
        {
            return Told(context, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? Problems.TooLarge() : Problems.BadRequest("the request cannot be read"));
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            var incident = Guid.NewGuid().ToString("N")[..10];
            LogIncident(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Rekey.Login.Http"), incident, e);
            return Told(context, Problems.Internal(incident));
        }
    }

    private static Answer<ProblemDocument> Told(HttpContext context, Problem problem)
    {
        var culture = CultureInfo.GetCultureInfo(context.Items[Language] as string ?? "zh-CN");
        var document = new ProblemDocument(
            $"urn:rekey:problem:{problem.Code}",
            problem.Title(culture),
            problem.HttpStatus,
            $"{problem.Meaning(culture)} {problem.Action(culture)}",
            problem.Code,
            WireProblem.Of(problem));
        return new(document, BridgeJson.Default.ProblemDocument, problem.HttpStatus, "application/problem+json");
    }

    [LoggerMessage(6102, LogLevel.Error, "Incident {Incident} in a login request")]
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
