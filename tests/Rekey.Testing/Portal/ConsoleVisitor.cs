using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;

namespace Rekey.Testing.Portal;

/// <summary>A browser without script at the console: its cookies, and the tokens of the forms that it was shown.</summary>
internal sealed partial class ConsoleVisitor : IDisposable
{
    /// <summary>The session's cookie on loopback.</summary>
    public const string Cookie = "rk-console";

    private readonly HttpClient http;

    public ConsoleVisitor(PortalHost portal)
    {
        Origin = new(portal.Address);
        http = new(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = Origin };
    }

    public Uri Origin { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>A visitor whose person has just logged in.</summary>
    public static async Task<ConsoleVisitor> LoggedInAsync(PortalHost portal, RegisteredCertificate person)
    {
        var visitor = new ConsoleVisitor(portal);
        visitor.Take(await portal.Services.GetRequiredService<ConsoleSessions>().BeginAsync(person.Sha256, CancellationToken.None));
        return visitor;
    }

    /// <summary>Takes a session's secret as its cookie.</summary>
    public void Take(string secret) => Cookies.Add(Origin, new Cookie(Cookie, secret));

    public Task<HttpResponseMessage> GetAsync(string path) => http.GetAsync(path);

    public async Task<string> PageAsync(string path)
    {
        using var response = await GetAsync(path);
        return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
    }

    /// <summary>The token that the forms of this visitor's pages carry.</summary>
    public async Task<string> TokenAsync() => FormToken().Match(await PageAsync("/console/")).Groups[1].Value;

    /// <summary>Sends a form, with the token of a page shown before.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        await PostAsync(path, await TokenAsync(), fields);

    /// <summary>Sends a form with this token; null for none.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string? token, params (string Name, string Value)[] fields)
    {
        var all = fields.Select(f => KeyValuePair.Create(f.Name, f.Value));
        using var body = new FormUrlEncodedContent(token is null ? all : all.Append(KeyValuePair.Create("__RequestVerificationToken", token)));
        return await http.PostAsync(path, body);
    }

    public void Dispose() => http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
