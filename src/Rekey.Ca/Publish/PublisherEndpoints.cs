using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Rekey.Ca.Publish;

/// <summary>
/// What anybody may ask for over plain HTTP, because everything in it is signed: OCSP (RFC 6960 appendix A), CRLs and CA certificates
/// (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
/// </summary>
public static class PublisherEndpoints
{
    private const int MostOctets = 8 * 1024; // 32 CertIDs with SHA-512 and a nonce fit
    private const string Fresh = "public, max-age=60, must-revalidate, no-transform";
    private const string Never = "no-store";
    private const string OcspPrefix = "/ocsp/";

    /// <summary>Registers the publisher beside the CA in the same process.</summary>
    public static IServiceCollection AddRekeyPublisher(this IServiceCollection services)
    {
        services.TryAddSingleton<IPublicationSource, CaPublicationSource>();
        return AddPublisher(services);
    }

    /// <summary>Maps <c>/ocsp</c>, <c>/crl/{name}.crl</c> and <c>/ca/{name}.cer</c>.</summary>
    public static IEndpointRouteBuilder MapRekeyPublisher(this IEndpointRouteBuilder endpoints)
    {
        var responder = endpoints.ServiceProvider.GetRequiredService<OcspResponder>();
        var files = endpoints.ServiceProvider.GetRequiredService<CrlFiles>();
        // Short circuits: what else a host does for its pages (languages, rates, compression) costs as much as a ready answer does.
        endpoints.MapPost("/ocsp", c => PostAsync(c, responder)).ShortCircuit();
        endpoints.MapMethods("/ocsp/{**request}", [HttpMethods.Get, HttpMethods.Head], c => GetAsync(c, responder)).ShortCircuit();
        MapFile(endpoints, "/crl/{name}.crl", "application/pkix-crl", files.Crl);
        MapFile(endpoints, "/ca/{name}.cer", "application/pkix-cert", files.Certificate);
        return endpoints;
    }

    internal static IServiceCollection AddPublisher(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OcspCache>();
        services.TryAddSingleton<OcspResponder>();
        services.TryAddSingleton<CrlFiles>();
        services.AddHostedService<PublicationService>();
        return services;
    }

    private static void MapFile(IEndpointRouteBuilder endpoints, string pattern, string type, Func<string, PublishedFile?> find) =>
        endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], context =>
        {
            if (find((string)context.Request.RouteValues["name"]!) is not { } file)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Response.ContentType = type;
            return SendAsync(context, file.Content, file.ETag, file.LastModified, null);
        }).ShortCircuit();

    private static async Task PostAsync(HttpContext context, OcspResponder responder)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim() is not "application/ocsp-request")
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(MostOctets + 1);
        try
        {
            var length = await context.Request.Body.ReadAtLeastAsync(buffer.AsMemory(0, MostOctets + 1), MostOctets + 1, false, context.RequestAborted);
            if (length > MostOctets)
            {
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return;
            }

            if (!responder.TryAnswer(buffer.AsSpan(0, length), out var reply))
            {
                reply = await responder.AnswerAsync(buffer[..length], context.RequestAborted);
            }

            await ReplyAsync(context, reply);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task GetAsync(HttpContext context, OcspResponder responder)
    {
        // The base64 text has slashes and may be percent-encoded, once or not at all: the path as it came, not as routing cleaned it.
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var start = raw.IndexOf(OcspPrefix, StringComparison.Ordinal) + OcspPrefix.Length;
        if (start < OcspPrefix.Length || raw.Length - start > MostOctets)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var text = Uri.UnescapeDataString(raw[start..].Split('?')[0]);
        var request = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(Encoding.ASCII.GetBytes(text), request, out _, out var length) != OperationStatus.Done)
        {
            length = 0; // answered as malformed, in OCSP's own words
        }

        if (!responder.TryAnswer(request.AsSpan(0, length), out var reply))
        {
            reply = await responder.AnswerAsync(request[..length], context.RequestAborted);
        }

        await ReplyAsync(context, reply);
    }

    private static Task ReplyAsync(HttpContext context, OcspReply reply)
    {
        context.Response.ContentType = "application/ocsp-response";
        if (reply.Cached is { } cached)
        {
            return SendAsync(context, reply.Der, cached.ETag, cached.LastModified, cached.Expires);
        }

        context.Response.Headers.CacheControl = Never;
        context.Response.ContentLength = reply.Der.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.BodyWriter.WriteAsync(reply.Der).AsTask();
    }

    private static Task SendAsync(HttpContext context, byte[] content, string etag, string lastModified, string? expires)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = Fresh;
        headers.ETag = etag;
        headers.LastModified = lastModified;
        if (expires is not null)
        {
            headers.Expires = expires;
        }

        if (context.Request.Headers.IfNoneMatch is { Count: > 0 } match && match.ToString().Contains(etag, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        headers.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.BodyWriter.WriteAsync(content).AsTask();
    }
}
