using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Rekey.Ca.Publish;

/// <summary>
/// What anybody may ask for over plain HTTP, because everything in it is signed: OCSP (<see cref="OcspHttp"/>), CRLs and CA certificates
/// (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
/// </summary>
public static class PublisherEndpoints
{
    private const string Fresh = "public, max-age=60, must-revalidate, no-transform";
    private const string Never = "no-store";

    /// <summary>Registers the publisher beside the CA in the same process.</summary>
    public static IServiceCollection AddRekeyPublisher(this IServiceCollection services)
    {
        services.TryAddSingleton<IPublicationSource, CaPublicationSource>();
        return AddPublisher(services);
    }

    /// <summary>Maps <c>/crl/{name}.crl</c> and <c>/ca/{name}.cer</c>.</summary>
    public static IEndpointRouteBuilder MapRekeyPublisher(this IEndpointRouteBuilder endpoints)
    {
        var files = endpoints.ServiceProvider.GetRequiredService<CrlFiles>();
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

    internal static Task ReplyAsync(HttpContext context, OcspReply reply)
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
