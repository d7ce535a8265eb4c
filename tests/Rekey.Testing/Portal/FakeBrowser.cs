using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Testing.Portal;

/// <summary>Speaks the page's side of the bridge as a browser does: own origin, cookie, Sec-Fetch-Site.</summary>
public sealed class FakeBrowser : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public FakeBrowser(string address)
    {
        http.BaseAddress = new Uri(address);
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
    }

    public SessionCreated Session { get; private set; } = null!;

    private string Origin => http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    private const string Sessions = "/CaUpdate/api/v1/sessions";

    /// <summary>A browser with a session of its own.</summary>
    public static async Task<FakeBrowser> WithSessionAsync(string address)
    {
        var browser = new FakeBrowser(address);
        using var response = await browser.PostAsync("", """{"purpose":"Renew"}""");
        response.EnsureSuccessStatusCode();
        browser.Session = (await response.Content.ReadFromJsonAsync(BridgeJson.Default.SessionCreated))!;
        return browser;
    }

    /// <summary>Opens a session for a download.</summary>
    /// <returns>Null, or why not.</returns>
    public async Task<Problem?> OpenDownloadAsync(CreateDownload codes)
    {
        var json = JsonSerializer.Serialize(codes, BridgeJson.Default.CreateDownload);
        using var response = await SendAsync(HttpMethod.Post, "/CaUpdate/api/v1/downloads", new StringContent(json, Encoding.UTF8, "application/json"));
        if (response.IsSuccessStatusCode)
        {
            Session = (await response.Content.ReadFromJsonAsync(BridgeJson.Default.SessionCreated))!;
            return null;
        }

        return (int)response.StatusCode >= 500
            ? throw new HttpRequestException("not now", null, response.StatusCode)
            : (await response.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument))!.Problem.ToProblem();
    }

    /// <summary>POST of JSON to a path below the sessions.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        SendAsync(HttpMethod.Post, Sessions + path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<HttpResponseMessage> SelectAsync(string sha256) => PostAsync($"/{Session.SessionId}/select", $$"""{"certSha256":"{{sha256}}"}""");

    public Task<HttpResponseMessage> ActAsync(string deed) => PostAsync($"/{Session.SessionId}/{deed}", "{}");

    public async Task<SessionCreated> RelaunchAsync()
    {
        using var response = await ActAsync("relaunch");
        response.EnsureSuccessStatusCode();
        return Session = (await response.Content.ReadFromJsonAsync(BridgeJson.Default.SessionCreated))!;
    }

    /// <summary>All events so far; waits for the first one after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<SequencedEvent>> EventsAsync(int after = 0) =>
        (await http.GetFromJsonAsync($"{Sessions}/{Session.SessionId}/events?after={after}", BridgeJson.Default.SessionEvents))!.Events;

    /// <summary>Waits for an event of a kind.</summary>
    public async Task<T> EventAsync<T>()
        where T : SessionEvent
    {
        for (var after = 0; ;)
        {
            var events = await EventsAsync(after);
            if (events.Select(e => e.Event).OfType<T>().LastOrDefault() is { } found)
            {
                return found;
            }

            after = events.Count > 0 ? events[^1].Seq : after;
        }
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    /// <summary>A request with or without the marks of our own page.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, Action<HttpRequestHeaders>? change = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (method != HttpMethod.Get)
        {
            request.Headers.Add("Origin", Origin);
        }

        change?.Invoke(request.Headers);
        return await http.SendAsync(request);
    }

    public void Dispose() => http.Dispose();
}
