using System.Net;
using System.Net.Http.Json;
using System.Text;
using Rekey.Contract.Bridge;

namespace Rekey.Testing.Login;

/// <summary>Does at a site with login what a browser and its page do: one cookie jar, own origin, the script of the return page by hand.</summary>
public sealed class LoginBrowser : IDisposable
{
    private readonly HttpClient http;
    private readonly string origin;

    public LoginBrowser(string origin)
    {
        this.origin = origin;
        http = new(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = new(origin) };
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Whether the site gave this browser a session, and whose.</summary>
    public string? LoggedInAs => Cookies.GetCookies(http.BaseAddress!)[LoginSite.Session]?.Value;

    public async Task<LoginStarted> StartAsync(string json = """{"language":"en","returnTo":"/report?year=2026"}""")
    {
        using var answer = await PostAsync("/rekey/start", json);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(LoginJson.Default.LoginStarted))!;
    }

    /// <summary>Has the site want its document signed.</summary>
    public async Task<LoginStarted> StartSigningAsync()
    {
        using var answer = await PostAsync("/sign", "{}");
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(LoginJson.Default.LoginStarted))!;
    }

    /// <summary>Has the site take the signature.</summary>
    /// <returns>Null, or the problem's number.</returns>
    public async Task<string?> TakeSignatureAsync()
    {
        using var answer = await PostAsync("/signed", "{}");
        return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync();
    }

    public async Task<IReadOnlyList<SessionEvent>> EventsAsync(int after = 0) =>
        [.. (await http.GetFromJsonAsync($"/rekey/events?after={after}", BridgeJson.Default.SessionEvents))!.Events.Select(e => e.Event)];

    /// <summary>Waits for an event of a kind.</summary>
    public async Task<T> EventAsync<T>()
        where T : SessionEvent
    {
        for (var after = 0; ;)
        {
            var events = await EventsAsync(after);
            after += events.Count;
            if (events.OfType<T>().FirstOrDefault() is { } found)
            {
                return found;
            }
        }
    }

    /// <summary>Opens the address that an agent opened: the page, then what its script does.</summary>
    public async Task<(HttpStatusCode Status, string Body)> OpenAsync(string address)
    {
        var uri = new Uri(address);
        using var page = await http.GetAsync(uri.GetLeftPart(UriPartial.Path));
        page.EnsureSuccessStatusCode();
        return await FinishAsync(uri.Fragment.TrimStart('#'));
    }

    public async Task<(HttpStatusCode Status, string Body)> FinishAsync(string code)
    {
        using var answer = await PostAsync("/rekey/finish", $$"""{"code":"{{code}}"}""");
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> PostAsync(string path, string json, string? from = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("Origin", from ?? origin);
        request.Headers.Add("Sec-Fetch-Site", from is null ? "same-origin" : "cross-site");
        return await http.SendAsync(request);
    }

    public void Dispose() => http.Dispose();
}
