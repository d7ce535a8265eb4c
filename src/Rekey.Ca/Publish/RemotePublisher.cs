using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>A publisher on a host of its own (<c>rekey serve publish</c>), and the CA's push to it.</summary>
public static class RemotePublisher
{
    private const int MostOctets = 300 * 1024 * 1024; // a CRL with some five million entries

    // Below the time after which firewalls forget a silent connection.
    private static readonly TimeSpan WantedPatience = TimeSpan.FromSeconds(20);

    /// <summary>Registers a publisher that has no CA beside it. Put it into a host with <see cref="OcspHttp.UseRekeyOcsp"/>, <see cref="PublisherEndpoints.MapRekeyPublisher"/> and <see cref="MapRekeyPublisherInbox"/>.</summary>
    public static IServiceCollection AddRekeyRemotePublisher(this IServiceCollection services, PublisherOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p =>
        {
            var source = new PushedPublicationSource(options, p.GetRequiredService<TimeProvider>());
            source.Restarted += p.GetRequiredService<OcspCache>().Clear;
            return source;
        });
        services.TryAddSingleton<IPublicationSource>(p => p.GetRequiredService<PushedPublicationSource>());
        return PublisherEndpoints.AddPublisher(services);
    }

    /// <summary>
    /// Maps where the CA pushes to. Only on the inner listener, behind mutual TLS: what is pushed is checked, but whoever can push can
    /// make the publisher ask and forget.
    /// </summary>
    public static IEndpointConventionBuilder MapRekeyPublisherInbox(this IEndpointRouteBuilder endpoints)
    {
        var source = endpoints.ServiceProvider.GetRequiredService<PushedPublicationSource>();
        var group = endpoints.MapGroup("/publisher/v1");
        group.MapPost("/push", c => PushAsync(c, source));
        group.MapPost("/wanted", async c => await JsonSerializer.SerializeAsync(
            c.Response.Body, await source.WantedAsync(WantedPatience, c.RequestAborted), PublisherJson.Default.IReadOnlyListWantedStatus, c.RequestAborted));
        return group;
    }

    /// <summary>Makes the CA push to a publisher.</summary>
    /// <param name="services">The CA's services.</param>
    /// <param name="http">Makes the client: its base address is the publisher's inner listener, its certificate the CA's.</param>
    public static IServiceCollection AddRekeyPushTo(this IServiceCollection services, Func<IServiceProvider, HttpClient> http)
    {
        // Each push follows the events for itself, so each has a source of its own.
        services.AddSingleton<IHostedService>(p => ActivatorUtilities.CreateInstance<PushToPublisher>(
            p, ActivatorUtilities.CreateInstance<CaPublicationSource>(p), http(p)));
        return services;
    }

    private static async Task PushAsync(HttpContext context, PushedPublicationSource source)
    {
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MostOctets;
        }

        try
        {
            var push = await JsonSerializer.DeserializeAsync(context.Request.Body, PublisherJson.Default.PublisherPush, context.RequestAborted);
            await source.TakeAsync(push!, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception e) when (e is JsonException or MalformedException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }
}
