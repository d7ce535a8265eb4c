using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>
/// Every endpoint of the bridge with every kind of caller. The endpoints are those that the server has, so one that is added without
/// saying here who may call it fails the test.
/// </summary>
public sealed class EndpointCallerTests : IAsyncLifetime
{
    private PortalHost portal = null!;
    private FakeBrowser owner = null!;
    private FakeBrowser stranger = null!;
    private FakeBrowser nobody = null!;
    private FakeAgent agent = null!;
    private FakeAgent otherAgent = null!;
    private string credential = "";

    private enum Caller
    {
        /// <summary>The session's own page.</summary>
        Owner,

        /// <summary>A browser without cookie.</summary>
        Nobody,

        /// <summary>A browser with the cookie of another session.</summary>
        Stranger,

        /// <summary>The owner's browser, sent by another site.</summary>
        OwnerFromElsewhere,

        /// <summary>The owner's browser, with its own origin but marked cross-site.</summary>
        OwnerMarkedCrossSite,

        /// <summary>The owner's browser without Origin.</summary>
        OwnerWithoutOrigin,

        /// <summary>The session's agent.</summary>
        Agent,

        /// <summary>The agent of another session.</summary>
        OtherAgent,

        /// <summary>A program with a made-up token.</summary>
        ForgedAgent,

        /// <summary>A page that got hold of the agent's token.</summary>
        PageWithAgentToken,

        /// <summary>A program that sends the agent's token and a cookie.</summary>
        AgentWithCookie,

        /// <summary>A business system with its own credential.</summary>
        RelyingParty,

        /// <summary>A page that got hold of a business system's credential.</summary>
        PageWithCredential,
    }

    private enum Kind
    {
        Create,
        Read,
        Act,
        Attach,
        Agent,
        Cmp,
        OpenCmp,
        Dates,
    }

    private static readonly Dictionary<string, Kind> Known = new()
    {
        ["POST /CaUpdate/api/v1/sessions"] = Kind.Create,
        ["POST /CaUpdate/api/v1/downloads"] = Kind.Create,
        ["GET /CaUpdate/api/v1/sessions/{id}/events"] = Kind.Read,
        ["GET /CaUpdate/api/v1/sessions/{id}/certificate"] = Kind.Read,
        ["POST /CaUpdate/api/v1/sessions/{id}/select"] = Kind.Act,
        ["POST /CaUpdate/api/v1/sessions/{id}/select-token"] = Kind.Act,
        ["POST /CaUpdate/api/v1/sessions/{id}/start"] = Kind.Act,
        ["POST /CaUpdate/api/v1/sessions/{id}/relaunch"] = Kind.Act,
        ["POST /CaUpdate/api/v1/sessions/{id}/cancel"] = Kind.Act,
        ["POST /agent/v1/attach"] = Kind.Attach,
        ["GET /agent/v1/commands"] = Kind.Agent,
        ["POST /agent/v1/events"] = Kind.Agent,
        ["POST /cmp/v1/{sessionId}"] = Kind.Cmp,
        ["POST /.well-known/cmp"] = Kind.OpenCmp,
        ["POST /.well-known/cmp/p/{profile}"] = Kind.OpenCmp,
        ["GET /api/v1/needed-until/"] = Kind.Dates,
        ["GET /api/v1/needed-until/{reference}"] = Kind.Dates,
        ["PUT /api/v1/needed-until/{reference}"] = Kind.Dates,
        ["DELETE /api/v1/needed-until/{reference}"] = Kind.Dates,
    };

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        owner = await FakeBrowser.WithSessionAsync(portal.Address);
        stranger = await FakeBrowser.WithSessionAsync(portal.Address);
        nobody = new FakeBrowser(portal.Address);
        agent = await FakeAgent.AttachAsync(owner.Session.LaunchUri);
        otherAgent = await FakeAgent.AttachAsync(stranger.Session.LaunchUri);
        credential = await portal.AddRelyingPartyAsync("云泽市公共资源交易平台");
        var pair = await portal.RegisterHalfAsync(await portal.RegisterAsync(portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"))));
        await portal.NeedAsync(pair, "云泽市公共资源交易平台", "2027-03-31", "开标", "tender-1");
        await agent.ListAsync(portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
    }

    public async ValueTask DisposeAsync()
    {
        owner.Dispose();
        stranger.Dispose();
        nobody.Dispose();
        agent.Dispose();
        otherAgent.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_gets_further_than_they_may()
    {
        var failures = new List<string>();
        var endpoints = Endpoints();
        Assert.Equal(Known.Keys.Order(), endpoints.Order());
        foreach (var endpoint in endpoints)
        {
            foreach (var caller in Enum.GetValues<Caller>())
            {
                var expected = Expected(Known[endpoint], caller);
                var status = await CallAsync(endpoint, caller);
                if (expected is null ? status is 401 or 403 or 404 or >= 500 : status != expected)
                {
                    failures.Add($"{endpoint} by {caller}: {status}, expected {expected?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "to be let in"}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    // Null: let in (whatever the body then leads to).
    private static int? Expected(Kind kind, Caller caller) => (kind, caller) switch
    {
        (Kind.Dates, Caller.RelyingParty) => null,
        (Kind.Dates, Caller.Agent or Caller.OtherAgent or Caller.ForgedAgent) => 401,
        (Kind.Dates, _) => 403,
        (Kind.Create, Caller.Owner or Caller.Stranger or Caller.Nobody or Caller.PageWithAgentToken or Caller.PageWithCredential) => null,
        (Kind.Create, _) => 403,
        (Kind.Read, Caller.Owner or Caller.OwnerWithoutOrigin or Caller.OwnerFromElsewhere or Caller.OwnerMarkedCrossSite) => null, // SameSite=Strict is the browser's part
        (Kind.Read, _) => 404,
        (Kind.Act, Caller.Owner) => null,
        (Kind.Act, Caller.Nobody or Caller.Stranger or Caller.PageWithAgentToken or Caller.PageWithCredential) => 404,
        (Kind.Act, _) => 403,
        (Kind.Attach, Caller.Agent or Caller.OtherAgent or Caller.ForgedAgent or Caller.RelyingParty) => 410, // the made-up ticket of these calls; a token does not matter
        (Kind.Attach, _) => 403,
        (Kind.Agent, Caller.Agent or Caller.OtherAgent) => null, // each in a session of its own
        (Kind.Agent, Caller.ForgedAgent or Caller.RelyingParty) => 404,
        (Kind.Agent, _) => 403,
        (Kind.Cmp, Caller.Agent) => null,
        (Kind.Cmp, Caller.PageWithAgentToken or Caller.AgentWithCookie) => 403,
        (Kind.Cmp, Caller.OtherAgent or Caller.ForgedAgent or Caller.RelyingParty) => 404,
        (Kind.Cmp, _) => 403,
        _ => null, // CMP protects itself
    };

    private List<string> Endpoints() => [.. portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText is { } text && (text.StartsWith("/CaUpdate/api", StringComparison.Ordinal)
            || text.StartsWith("/agent", StringComparison.Ordinal) || text.StartsWith("/api", StringComparison.Ordinal) || text.StartsWith("/cmp", StringComparison.Ordinal) || text.StartsWith("/.well-known", StringComparison.Ordinal)))
        .SelectMany(e => e.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}"))];

    private async Task<int> CallAsync(string endpoint, Caller caller)
    {
        // Each call finds the session as it was: what lets the owner in must not be spoilt by what the owner did before.
        var (method, pattern) = endpoint.Split(' ') is [var m, var p] ? (new HttpMethod(m), p) : throw new InvalidOperationException(endpoint);
        var path = pattern.Replace("{id}", owner.Session.SessionId, StringComparison.Ordinal)
            .Replace("{sessionId}", owner.Session.SessionId, StringComparison.Ordinal).Replace("{profile}", "default", StringComparison.Ordinal)
            .Replace("{reference}", "tender-1", StringComparison.Ordinal);
        path += pattern.EndsWith("/commands", StringComparison.Ordinal) ? "?after=-1" : "";
        var body = method == HttpMethod.Get ? null : pattern.Contains("cmp", StringComparison.Ordinal)
            ? new ByteArrayContent([0x30, 0]) { Headers = { ContentType = new("application/pkixcmp") } }
            : new StringContent(Body(pattern), Encoding.UTF8, "application/json");
        using var response = caller switch
        {
            Caller.Owner => await owner.SendAsync(method, path, body),
            Caller.Nobody => await nobody.SendAsync(method, path, body),
            Caller.Stranger => await stranger.SendAsync(method, path, body),
            Caller.OwnerFromElsewhere => await owner.SendAsync(method, path, body, h => Set(h, "Origin", "https://evil.example")),
            Caller.OwnerMarkedCrossSite => await owner.SendAsync(method, path, body, h => Set(h, "Sec-Fetch-Site", "cross-site")),
            Caller.OwnerWithoutOrigin => await owner.SendAsync(method, path, body, h => h.Remove("Origin")),
            Caller.PageWithAgentToken => await nobody.SendAsync(method, path, body, h => Set(h, "Authorization", $"Bearer {agent.Attached.AgentToken}")),
            Caller.Agent => await ProgramAsync(method, path, body, agent.Attached.AgentToken, null),
            Caller.OtherAgent => await ProgramAsync(method, path, body, otherAgent.Attached.AgentToken, null),
            Caller.RelyingParty => await ProgramAsync(method, path, body, credential, null),
            Caller.PageWithCredential => await nobody.SendAsync(method, path, body, h => Set(h, "Authorization", $"Bearer {credential}")),
            Caller.AgentWithCookie => await ProgramAsync(method, path, body, agent.Attached.AgentToken, "rk=a.b"),
            _ => await ProgramAsync(method, path, body, new string('A', 43), null),
        };
        return (int)response.StatusCode;
    }

    private static string Body(string pattern) =>
        pattern.EndsWith("/attach", StringComparison.Ordinal) ? $$"""{"ticket":"{{new string('A', 43)}}","agentVersion":"1.0.0","protocol":[1]}"""
        : pattern.EndsWith("/agent/v1/events", StringComparison.Ordinal) ? """{"type":"consent-asked"}"""
        : pattern.EndsWith("/sessions", StringComparison.Ordinal) ? "not what it wants"
        : "{\"wrong\":1}"; // refused for its form by those who get that far, so that nothing changes

    private static void Set(System.Net.Http.Headers.HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.Add(name, value);
    }

    private async Task<HttpResponseMessage> ProgramAsync(HttpMethod method, string path, HttpContent? body, string token, string? cookie)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(method, portal.Address + path) { Content = body };
        request.Headers.Add("Authorization", $"Bearer {token}");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
