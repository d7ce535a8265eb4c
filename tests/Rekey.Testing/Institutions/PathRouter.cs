using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rekey.Testing.Institutions;

/// <summary>One origin in front of several servers, as a load balancer is, which sends each path to a server of its own.</summary>
public sealed class PathRouter : IAsyncDisposable
{
    private static readonly string[] HopByHop = ["Transfer-Encoding", "Connection", "Keep-Alive"];

    private readonly WebApplication app;
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly IReadOnlyList<(string Prefix, Uri Server)> routes;

    private PathRouter(Uri address, IReadOnlyList<(string Prefix, Uri Server)> routes)
    {
        this.routes = routes;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address.GetLeftPart(UriPartial.Authority));
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(ForwardAsync);
    }

    /// <summary>What went where, in order: path and server.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<(string Path, Uri Server)> Forwarded { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="address">The origin that clients see.</param>
    /// <param name="routes">The first whose prefix fits the path takes the request.</param>
    public static async Task<PathRouter> StartAsync(Uri address, params (string Prefix, Uri Server)[] routes)
    {
        var router = new PathRouter(address, routes);
        await router.app.StartAsync();
        return router;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var server = routes.First(r => path.StartsWith(r.Prefix, StringComparison.Ordinal)).Server;
        Forwarded.Enqueue((path, server));
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(server, path + context.Request.QueryString));
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var header in context.Request.Headers.Where(h => !HopByHop.Contains(h.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                request.Content?.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var header in response.Headers.Concat(response.Content.Headers).Where(h => !HopByHop.Contains(h.Key)))
        {
            context.Response.Headers[header.Key] = header.Value.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
