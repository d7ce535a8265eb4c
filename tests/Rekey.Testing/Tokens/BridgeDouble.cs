using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Testing.Tokens;

/// <summary>
/// The service's side of the bridge for tests of the agent alone: one session on a free port, its events for the test to look at. What
/// an agent must never send is kept as a violation and refused.
/// </summary>
public sealed class BridgeDouble : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private readonly WebApplication app;
    private readonly CmpDouble cmp;
    private readonly ConcurrentQueue<AgentCommand> commands = new();
    private readonly List<AgentEvent> events = [];
    private readonly SemaphoreSlim changed = new(0);
    private readonly string agentToken = Random();
    private int attached;
    private volatile bool ended;

    private BridgeDouble(CmpDouble cmp)
    {
        this.cmp = cmp;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Use(GuardAsync);
        app.MapPost("/agent/v1/attach", AttachAsync);
        app.MapGet("/agent/v1/commands", CommandsAsync);
        app.MapPost("/agent/v1/events", EventAsync);
        app.MapPost("/cmp/v1/{session}", CmpAsync);
        app.MapPost("/.well-known/cmp", CmpAsync);
        app.MapMethods("/", ["HEAD"], () => Results.NoContent());
    }

    public string Origin { get; private set; } = "";

    public string Ticket { get; } = Random();

    public string Language { get; set; } = "en";

    /// <summary>What the server's clock is ahead of this computer's.</summary>
    public TimeSpan ClockAhead { get; set; }

    public string LaunchUri => new LaunchAddress(Origin, Ticket).ToString();

    /// <summary>Path and everything received, for searches for what must not be there.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Requests { get; } = new();

    /// <summary>What an agent did that it must not.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>When set, the answer to the next poll for commands: what a newer service might say.</summary>
    public string? RawCommands { get; set; }

    /// <summary>Runs before a request is handled; returning false cuts the connection.</summary>
    public Func<string, bool>? Before { get; set; }

    /// <summary>Runs after a request was handled; returning false cuts the connection, so that the answer is lost.</summary>
    public Func<string, bool>? After { get; set; }

    public IReadOnlyList<AgentEvent> Events
    {
        get
        {
            lock (events)
            {
                return [.. events];
            }
        }
    }

    public static async Task<BridgeDouble> StartAsync(CmpDouble cmp)
    {
        var bridge = new BridgeDouble(cmp);
        await bridge.app.StartAsync();
        var address = bridge.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        bridge.Origin = $"http://localhost:{new Uri(address).Port}";
        return bridge;
    }

    public void Send(AgentCommand command) => commands.Enqueue(command);

    public void End() => ended = true;

    /// <summary>Waits for the first event of a kind after the given number of events.</summary>
    public async Task<T> WaitForAsync<T>(int after = 0, Func<T, bool>? where = null)
        where T : AgentEvent
    {
        using var limit = new CancellationTokenSource(WaitLimit);
        while (true)
        {
            if (Events.Skip(after).OfType<T>().FirstOrDefault(e => where is null || where(e)) is { } found)
            {
                return found;
            }

            try
            {
                await changed.WaitAsync(TimeSpan.FromMilliseconds(100), limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no {typeof(T).Name}; there were {string.Join(", ", Events)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        ended = true;
        await app.DisposeAsync();
        changed.Dispose();
    }

    private static string Random() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static Task ProblemAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.HttpStatus;
        context.Response.ContentType = "application/problem+json";
        var document = new ProblemDocument("about:blank", problem.Code, problem.HttpStatus, "", problem.Code, WireProblem.Of(problem));
        return context.Response.WriteAsync(JsonSerializer.Serialize(document, BridgeJson.Default.ProblemDocument));
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value!;
        if (context.Request.Headers.Origin.Count > 0 || context.Request.Headers.Cookie.Count > 0)
        {
            Violations.Enqueue($"{path} carries Origin or Cookie");
            await ProblemAsync(context, Problems.ForeignOrigin());
            return;
        }

        if (Before?.Invoke(path) == false)
        {
            context.Abort();
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue((path, [.. Encoding.UTF8.GetBytes($"{context.Request.QueryString} {string.Join('\n', context.Request.Headers)}"), .. body.ToArray()]));
        body.Position = 0;
        context.Request.Body = body;
        if (path is not ("/agent/v1/attach" or "/.well-known/cmp" or "/") && context.Request.Headers.Authorization != $"Bearer {agentToken}")
        {
            await ProblemAsync(context, Problems.SessionUnknown());
            return;
        }

        // The answer is held back until it is decided whether it gets through.
        var response = context.Response.Body;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await next(context);
        if (After?.Invoke(path) == false)
        {
            context.Abort();
            return;
        }

        context.Response.Body = response;
        await context.Response.Body.WriteAsync(answer.ToArray());
    }

    private async Task AttachAsync(HttpContext context)
    {
        var attach = (await JsonSerializer.DeserializeAsync(context.Request.Body, BridgeJson.Default.Attach))!;
        if (attach.Ticket != Ticket || Interlocked.Increment(ref attached) > 1)
        {
            Violations.Enqueue("wrong or used ticket");
            await ProblemAsync(context, Problems.TicketReused());
            return;
        }

        var answer = new Attached(
            "session-1", agentToken, "495882", Language, TimeProvider.System.GetUtcNow() + ClockAhead, "云泽市 RA 中心", "0000-8696 1200", SessionPurpose.Renew);
        await context.Response.WriteAsJsonAsync(answer, BridgeJson.Default.Attached);
    }

    private async Task CommandsAsync(HttpContext context)
    {
        var after = int.Parse(context.Request.Query["after"]!, System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < 500 && commands.Count <= after && !ended && RawCommands is null; i++)
        {
            await Task.Delay(10, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        if (ended)
        {
            await ProblemAsync(context, Problems.SessionEnded());
            return;
        }

        if (RawCommands is { } raw)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(raw);
            return;
        }

        var answer = new AgentCommands([.. commands.Select((c, i) => new SequencedCommand(i + 1, c)).Skip(after)]);
        await context.Response.WriteAsJsonAsync(answer, BridgeJson.Default.AgentCommands);
    }

    private async Task EventAsync(HttpContext context)
    {
        var happened = (await JsonSerializer.DeserializeAsync(context.Request.Body, BridgeJson.Default.AgentEvent))!;
        lock (events)
        {
            events.Add(happened);
        }

        changed.Release();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CmpAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (context.Request.ContentType != "application/pkixcmp")
        {
            Violations.Enqueue("CMP with another content type");
        }

        byte[] answer;
        try
        {
            answer = cmp.Answer(body.ToArray());
        }
        catch (Exception e)
        {
            Violations.Enqueue(e.ToString());
            await ProblemAsync(context, Problems.BadRequest("see violations"));
            return;
        }

        context.Response.ContentType = "application/pkixcmp";
        await context.Response.Body.WriteAsync(answer);
    }
}
