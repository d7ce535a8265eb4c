using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Pki.Cmp;

namespace Rekey.Testing.Faults;

/// <summary>
/// The network between an agent and the portal: passes HTTP on, and does to the messages what a plan says. Polls for commands pass
/// untouched: they run beside the renewal and are not steps of it.
/// </summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http;

    private FaultyProxy(Uri portal)
    {
        http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = portal, Timeout = TimeSpan.FromSeconds(60) };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>What happens to the messages.</summary>
    public MessageFaults Faults { get; } = new();

    /// <summary>Hears what an agent reports, before it is delivered.</summary>
    public Action<AgentEvent>? Reported { get; set; }

    /// <summary>Where it listens, as an origin.</summary>
    public string Origin { get; private set; } = "";

    public static async Task<FaultyProxy> StartAsync(Uri portal)
    {
        var proxy = new FaultyProxy(portal);
        await proxy.app.StartAsync();
        var address = proxy.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        proxy.Origin = $"http://localhost:{new Uri(address).Port}";
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var path = context.Request.Path.Value!;
        if (path == "/agent/v1/events" && JsonSerializer.Deserialize(body, BridgeJson.Default.AgentEvent) is { } happened)
        {
            Reported?.Invoke(happened);
        }

        try
        {
            var answer = path == "/agent/v1/commands"
                ? await DeliverAsync(context.Request, body, context.RequestAborted)
                : await Faults.PassAsync(Name(path, body), () => DeliverAsync(context.Request, body, CancellationToken.None));
            context.Response.StatusCode = (int)answer.Status;
            context.Response.ContentType = answer.ContentType;
            await context.Response.Body.WriteAsync(answer.Body);
        }
        catch (Exception e) when (e is MessageLostException or HttpRequestException or OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }

    private static string Name(string path, byte[] body) => path switch
    {
        "/agent/v1/events" => JsonSerializer.Deserialize(body, BridgeJson.Default.AgentEvent) switch
        {
            AgentStepEvent step => $"event {step.Step}",
            var other => $"event {other?.GetType().Name}",
        },
        _ when path.StartsWith("/cmp/", StringComparison.Ordinal) => $"cmp {CmpMessage.Parse(body).Type}",
        _ => path,
    };

    private async Task<(HttpStatusCode Status, string? ContentType, byte[] Body)> DeliverAsync(HttpRequest from, byte[] body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new HttpMethod(from.Method), from.GetEncodedPathAndQuery());
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(from.ContentType!);
        }

        if (from.Headers.Authorization is [{ } authorization])
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await http.SendAsync(request, cancel);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), await answer.Content.ReadAsByteArrayAsync(cancel));
    }
}
