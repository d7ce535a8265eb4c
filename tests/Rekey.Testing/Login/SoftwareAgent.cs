using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Login;

/// <summary>The agent's calls of a login with a key in memory, honest or not, one by one.</summary>
public sealed class SoftwareAgent(string site) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new(site) };

    public HttpClient Http => http;

    public async Task<Attached> AttachAsync(string launchUri, string version = "0.1.0")
    {
        using var answer = await PostAsync("attach", JsonSerializer.Serialize(new(LaunchAddress.Parse(launchUri)!.Ticket, version, [1]), BridgeJson.Default.Attach));
        await RequireAsync(answer);
        var attached = (await answer.Content.ReadFromJsonAsync(BridgeJson.Default.Attached))!;
        http.DefaultRequestHeaders.Authorization = new("Bearer", attached.AgentToken);
        return attached;
    }

    public async Task<LoginChallenge> ChallengeAsync()
    {
        using var answer = await PostAsync("challenge", "{}");
        await RequireAsync(answer);
        return (await answer.Content.ReadFromJsonAsync(LoginJson.Default.LoginChallenge))!;
    }

    public async Task<string> ReturnAsync(LoginReturn made)
    {
        using var answer = await PostAsync("return", JsonSerializer.Serialize(made, LoginJson.Default.LoginReturn));
        await RequireAsync(answer);
        return (await answer.Content.ReadFromJsonAsync(LoginJson.Default.LoginCode))!.Code;
    }

    public async Task<DocumentToSign> DocumentAsync()
    {
        using var answer = await http.GetAsync("/rekey/agent/v1/document");
        await RequireAsync(answer);
        return (await answer.Content.ReadFromJsonAsync(LoginJson.Default.DocumentToSign))!;
    }

    public async Task SignatureAsync(byte[] signature)
    {
        using var answer = await PostAsync("signature", JsonSerializer.Serialize(new(Convert.ToBase64String(signature)), LoginJson.Default.SignatureMade));
        await RequireAsync(answer);
    }

    /// <summary>All of it, up to the code.</summary>
    public async Task<string> LogInAsync(string launchUri, TestPki.Entity holder)
    {
        await AttachAsync(launchUri);
        var challenge = await ChallengeAsync();
        return await ReturnAsync(new(challenge.Nonce, LoginToken.Sign(holder.Key, holder.Der, LaunchAddress.Parse(launchUri)!.Origin, challenge.Nonce, "test")));
    }

    public Task<HttpResponseMessage> PostAsync(string call, string json) =>
        http.PostAsync($"/rekey/agent/v1/{call}", new StringContent(json, Encoding.UTF8, "application/json"));

    public void Dispose() => http.Dispose();

    /// <summary>Throws with the problem's number as message.</summary>
    private static async Task RequireAsync(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException((await answer.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument))!.Code);
        }
    }
}
