using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Rekey.Contract.Bridge;

namespace Rekey.Testing.Portal;

/// <summary>Speaks the agent's side of the bridge, and does nothing by itself: a test says each thing it does.</summary>
public sealed class FakeAgent : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false });
    private int lastCommand;

    private FakeAgent(string origin) => http.BaseAddress = new Uri(origin);

    public Attached Attached { get; private set; } = null!;

    public static TokenSummary Token { get; } = new("pkcs11", "海泰", "HaiKey", "8F21", "云泽市第一人民医院", "libhaikey.so");

    /// <summary>Attaches as the launch address says.</summary>
    public static async Task<FakeAgent> AttachAsync(string launchUri, string version = "1.0.0")
    {
        var (agent, response) = await TryAttachAsync(launchUri, version);
        response.EnsureSuccessStatusCode();
        return agent;
    }

    public static async Task<(FakeAgent Agent, HttpResponseMessage Response)> TryAttachAsync(string launchUri, string version = "1.0.0")
    {
        var address = LaunchAddress.Parse(launchUri) ?? throw new ArgumentException($"not a launch address: {launchUri}");
        var agent = new FakeAgent(address.Origin);
        var response = await agent.http.PostAsJsonAsync("/agent/v1/attach", new Attach(address.Ticket, version, [1]), BridgeJson.Default.Attach);
        if (response.IsSuccessStatusCode)
        {
            agent.Attached = (await response.Content.ReadFromJsonAsync(BridgeJson.Default.Attached))!;
            agent.http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", agent.Attached.AgentToken);
        }

        return (agent, response);
    }

    public async Task ReportAsync(AgentEvent happened)
    {
        using var response = await TryReportAsync(happened);
        if (response.StatusCode != HttpStatusCode.NoContent)
        {
            throw new HttpRequestException($"{happened} was answered with {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    public Task<HttpResponseMessage> TryReportAsync(AgentEvent happened) => http.PostAsJsonAsync("/agent/v1/events", happened, BridgeJson.Default.AgentEvent);

    /// <summary>Lists certificates on <see cref="Token"/>.</summary>
    public Task ListAsync(params byte[][] certificates) =>
        ReportAsync(new CertificatesEvent([Token], [.. certificates.Select(c => new CertificateSummary(Convert.ToBase64String(c), 0))], []));

    public Task StepAsync(AgentStep step) => ReportAsync(new AgentStepEvent(step));

    /// <summary>The next command, which must be of the given kind.</summary>
    public async Task<T> CommandAsync<T>()
        where T : AgentCommand
    {
        while (true)
        {
            var answer = (await http.GetFromJsonAsync($"/agent/v1/commands?after={lastCommand}", BridgeJson.Default.AgentCommands))!;
            if (answer.Commands is [var first, ..])
            {
                lastCommand = first.Seq;
                return (T)first.Command;
            }
        }
    }

    /// <summary>Says something that the schema may not allow.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpContent body) => http.PostAsync("/agent/v1/events", body);

    public Task<HttpResponseMessage> PollAsync(int after = 0) => http.GetAsync($"/agent/v1/commands?after={after}");

    /// <summary>The agent's half of a pre-flight in which all is well.</summary>
    public async Task<PreflightCommand> PassPreflightAsync(params PreflightCheck[] instead)
    {
        var command = await CommandAsync<PreflightCommand>();
        PreflightKind[] kinds = [PreflightKind.Clock, PreflightKind.Room, PreflightKind.Driver, PreflightKind.PinTries, PreflightKind.Network];
        await ReportAsync(new PreflightEvent(
            command.CertSha256,
            [.. kinds.Select(k => Array.Find(instead, c => c.Kind == k) ?? new PreflightCheck(k, k == PreflightKind.Room ? PreflightOutcome.Unknown : PreflightOutcome.Ok))]));
        return command;
    }

    /// <summary>The same before a download.</summary>
    public async Task<DownloadPreflightCommand> PassDownloadPreflightAsync()
    {
        var command = await CommandAsync<DownloadPreflightCommand>();
        PreflightKind[] kinds = [PreflightKind.Clock, PreflightKind.Room, PreflightKind.Driver, PreflightKind.PinTries, PreflightKind.Network];
        await ReportAsync(new TokenPreflightEvent(command.Token, [.. kinds.Select(k => new PreflightCheck(k, PreflightOutcome.Ok))]));
        return command;
    }

    public void Dispose() => http.Dispose();
}
