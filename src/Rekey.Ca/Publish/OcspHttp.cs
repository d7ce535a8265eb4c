using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Rekey.Ca.Publish;

/// <summary>
/// OCSP over HTTP (RFC 6960 appendix A). It is answered before anything is routed: looking for the endpoint, and what a host does for its
/// pages, costs as much as a ready answer does.
/// </summary>
public static class OcspHttp
{
    private const int MostOctets = 8 * 1024; // 32 CertIDs with SHA-512 and a nonce fit
    private const int MostOnStack = 512;
    private const string Prefix = "/ocsp/";

    /// <summary>Answers <c>/ocsp</c>; put it before <c>UseRouting</c>.</summary>
    public static IApplicationBuilder UseRekeyOcsp(this IApplicationBuilder app)
    {
        var responder = app.ApplicationServices.GetRequiredService<OcspResponder>();
        return app.Use(next => context =>
            context.Request.Path.StartsWithSegments("/ocsp", StringComparison.Ordinal) ? AnswerAsync(context, responder) : next(context));
    }

    private static Task AnswerAsync(HttpContext context, OcspResponder responder)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method))
        {
            return context.Request.Path.Value!.Length <= Prefix.Length ? PostAsync(context, responder) : Refuse(context, StatusCodes.Status404NotFound);
        }

        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return GetAsync(context, responder);
        }

        context.Response.Headers.Allow = "GET, HEAD, POST";
        return Refuse(context, StatusCodes.Status405MethodNotAllowed);
    }

    private static async Task PostAsync(HttpContext context, OcspResponder responder)
    {
        if (context.Request.ContentType is not { } type || !type.AsSpan(0, type.IndexOf(';') is var end and >= 0 ? end : type.Length).Trim().SequenceEqual("application/ocsp-request"))
        {
            await Refuse(context, StatusCodes.Status415UnsupportedMediaType);
            return;
        }

        var body = context.Request.BodyReader;
        var read = await body.ReadAtLeastAsync(MostOctets + 1, CancellationToken.None); // ended by the host when the connection is
        if (read.Buffer.Length > MostOctets)
        {
            await Refuse(context, StatusCodes.Status413PayloadTooLarge);
        }
        else if (read.Buffer.IsSingleSegment && responder.TryAnswer(read.Buffer.FirstSpan, out var ready))
        {
            await PublisherEndpoints.ReplyAsync(context, ready);
        }
        else
        {
            await PublisherEndpoints.ReplyAsync(context, await responder.AnswerAsync(read.Buffer.ToArray(), context.RequestAborted));
        }

        body.AdvanceTo(read.Buffer.End);
    }

    private static Task GetAsync(HttpContext context, OcspResponder responder)
    {
        // The base64 text has slashes and may be percent-encoded, once or not at all: the path as it came, not as the host cleaned it.
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var start = raw.IndexOf(Prefix, StringComparison.Ordinal) + Prefix.Length;
        if (start < Prefix.Length || raw.Length - start > MostOctets)
        {
            return Refuse(context, StatusCodes.Status404NotFound);
        }

        raw = raw[start..];
        raw = raw[..(raw.IndexOf('?') is var query and >= 0 ? query : raw.Length)];
        var text = raw.Length <= MostOnStack ? stackalloc char[MostOnStack] : new char[raw.Length];
        var request = raw.Length <= MostOnStack ? stackalloc byte[MostOnStack] : new byte[raw.Length];
        var length = Uri.TryUnescapeDataString(raw, text, out var characters) && Convert.TryFromBase64Chars(text[..characters], request, out var octets)
            ? octets : 0; // answered as malformed, in OCSP's own words
        return responder.TryAnswer(request[..length], out var ready)
            ? PublisherEndpoints.ReplyAsync(context, ready)
            : SignAsync(context, responder, request[..length].ToArray());
    }

    private static async Task SignAsync(HttpContext context, OcspResponder responder, byte[] request) =>
        await PublisherEndpoints.ReplyAsync(context, await responder.AnswerAsync(request, context.RequestAborted));

    private static Task Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
