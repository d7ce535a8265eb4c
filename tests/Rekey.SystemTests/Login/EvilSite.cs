using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Testing;

namespace Rekey.SystemTests.Login;

/// <summary>A site that may ask for logins and gives out a challenge that is another site's.</summary>
internal sealed class EvilSite : IAsyncDisposable
{
    private readonly WebApplication app;

    private EvilSite(LoginChallenge stolen)
    {
        var port = Ports.Free();
        Origin = $"http://localhost:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        app = builder.Build();
        var attached = new Attached("x", "x", "123456", "en", TimeProvider.System.GetUtcNow(), "Bank", "", SessionPurpose.Login);
        app.MapPost("/rekey/agent/v1/attach", (HttpContext c) => c.Response.WriteAsJsonAsync(attached, BridgeJson.Default.Attached));
        app.MapGet("/rekey/agent/v1/commands", async (HttpContext c) =>
        {
            await Task.Delay(200, c.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            await c.Response.WriteAsJsonAsync(new([]), BridgeJson.Default.AgentCommands);
        });
        app.MapPost("/rekey/agent/v1/events", () => Results.NoContent());
        app.MapPost("/rekey/agent/v1/challenge", (HttpContext c) => c.Response.WriteAsJsonAsync(stolen, LoginJson.Default.LoginChallenge));
        app.MapPost("/rekey/agent/v1/return", async (HttpContext c) =>
        {
            Got = await JsonSerializer.DeserializeAsync(c.Request.Body, LoginJson.Default.LoginReturn);
            await c.Response.WriteAsJsonAsync(new("x"), LoginJson.Default.LoginCode);
        });
    }

    public string Origin { get; }

    /// <summary>What the agent handed in.</summary>
    public LoginReturn? Got { get; private set; }

    public static async Task<EvilSite> StartAsync(LoginChallenge stolen)
    {
        var site = new EvilSite(stolen);
        await site.app.StartAsync();
        return site;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
