using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Rekey.Contract.Bridge;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Web;

/// <summary>The pages as a browser without script gets them.</summary>
public sealed partial class PagesTests : IAsyncLifetime
{
    private PortalHost portal = null!;
    private HttpClient http = null!;
    private byte[] certificate = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(portal.Address) };
        certificate = portal.Pki.Issue("云泽市<b>第一</b>人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await portal.RegisterAsync(certificate);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task A_renewal_goes_through_without_script_and_names_are_never_markup()
    {
        Assert.Contains("您的证书，自己就能续", await GetAsync("/CaUpdate/"), StringComparison.Ordinal);
        Assert.Contains("证书更新条件", await GetAsync("/CaUpdate/renew"), StringComparison.Ordinal);
        var connect = await PostAsync("/CaUpdate/renew");
        Assert.Contains("""<noscript><meta http-equiv="refresh" content="3"></noscript>""", connect, StringComparison.Ordinal);
        var launch = WebUtility.HtmlDecode(LaunchLink().Match(connect).Groups[1].Value);
        Assert.Equal(launch, await http.GetStringAsync("/CaUpdate/start.rekey", Cancel)); // the file says the same
        using var agent = await FakeAgent.AttachAsync(launch);
        await agent.ListAsync(certificate);
        var choose = await GetAsync("/CaUpdate/connect");
        Assert.Contains("选择要更新的证书", choose, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>第一</b>", choose, StringComparison.Ordinal);
        Assert.Contains("云泽市&lt;b&gt;第一&lt;/b&gt;人民医院", choose, StringComparison.Ordinal);
        await PostAsync("/CaUpdate/choose", ("cert", Radio().Match(choose).Groups[1].Value));
        await agent.PassPreflightAsync();
        Assert.Contains("更新后到期日", await GetAsync("/CaUpdate/check"), StringComparison.Ordinal);
        await PostAsync("/CaUpdate/check");
        var renewalId = Convert.FromHexString((await agent.CommandAsync<RenewCommand>()).RenewalId);
        await agent.StepAsync(AgentStep.KeyReady);
        Assert.Contains("正在更新", await GetAsync("/CaUpdate/check"), StringComparison.Ordinal);
        await portal.Outcome.IssuedAsync(renewalId, [portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"))], Cancel);
        await agent.StepAsync(AgentStep.Verified);
        await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        await agent.StepAsync(AgentStep.Retired);
        Assert.Contains("更新好了", await GetAsync("/CaUpdate/work"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/CaUpdate/")]
    [InlineData("/CaUpdate/renew")]
    [InlineData("/CaUpdate/help")]
    public async Task A_page_with_all_that_it_loads_is_light(string path)
    {
        var page = await WeighAsync(path);
        var html = await GetAsync(path);
        var assets = Asset().Matches(html).Select(m => m.Groups[1].Value.Split('#')[0]).Append(Asset().Match(html).Groups[1].Value.Replace("rekey.css", "guilloche.svg", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Contains(assets, a => a.EndsWith("rekey.css", StringComparison.Ordinal));
        var total = page;
        foreach (var asset in assets)
        {
            total += await WeighAsync(asset);
        }

        Assert.True(total < (path == "/CaUpdate/" ? 60_000 : 100_000), $"{path} weighs {total} octets over the wire");
    }

    [Fact]
    public async Task Every_page_has_its_headers_and_nothing_inline()
    {
        foreach (var path in new[] { "/CaUpdate/", "/CaUpdate/renew", "/CaUpdate/help", "/CaUpdate/problems/RK-3103", "/CaUpdate/nowhere" })
        {
            using var response = await http.GetAsync(path, Cancel);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'self'; frame-ancestors 'none'; base-uri 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.DoesNotMatch(@"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|src=""http|href=""http", await response.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task Assets_are_kept_for_good_and_an_old_address_still_serves_what_there_is()
    {
        var url = Asset().Match(await GetAsync("/CaUpdate/")).Groups[1].Value;
        using var current = await http.GetAsync(url, Cancel);
        Assert.Equal("public, max-age=31536000, immutable", current.Headers.CacheControl!.ToString());
        using var old = await http.GetAsync(Regex.Replace(url, "assets/[0-9a-f]+/", "assets/000000000000/"), Cancel);
        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
        Assert.Equal("no-cache", old.Headers.CacheControl!.ToString());
        using var missing = await http.GetAsync("/CaUpdate/assets/000000000000/..%2Fsecrets", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("/CaUpdate/language?to=en&back=/CaUpdate/help", "/CaUpdate/help")]
    [InlineData("/CaUpdate/language?to=en&back=//evil.example/", "/CaUpdate/")]
    [InlineData("/CaUpdate/language?to=en&back=https://evil.example/CaUpdate/", "/CaUpdate/")]
    [InlineData("/CaUpdate/language?to=en&back=/CaUpdate/\\evil.example", "/CaUpdate/")]
    [InlineData("/CaUpdate/language?to=xx", "/CaUpdate/")]
    public async Task The_language_switch_leads_to_pages_of_ours_only(string path, string target)
    {
        using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(portal.Address) };
        using var response = await plain.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal(target, response.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/CaUpdate/renew")]
    [InlineData("/CaUpdate/connect?handler=Again")]
    [InlineData("/CaUpdate/choose")]
    [InlineData("/CaUpdate/choose?handler=Read")]
    [InlineData("/CaUpdate/check")]
    public async Task A_form_from_another_site_is_refused(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Origin", "https://evil.example");
        using var response = await http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("RK-2010", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(response.Headers, h => h.Key == "Set-Cookie");
    }

    [Theory]
    [InlineData("/CaUpdate/connect")]
    [InlineData("/CaUpdate/choose")]
    [InlineData("/CaUpdate/check")]
    [InlineData("/CaUpdate/work")]
    [InlineData("/CaUpdate/done")]
    public async Task A_step_without_a_session_leads_to_the_first_page(string path) =>
        Assert.Contains("您的证书，自己就能续", await GetAsync(path), StringComparison.Ordinal);

    [Fact]
    public async Task A_return_address_that_is_no_business_systems_is_forgotten()
    {
        Assert.DoesNotContain("evil", await GetAsync("/CaUpdate/renew?returnTo=https://evil.example/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_visits_are_told_how_long_to_wait_on_a_page()
    {
        await using var narrow = await PortalHost.StartAsync(o => o with { Sessions = new() { CreatesPerMinute = 1 } });
        using var visitor = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(narrow.Address) };
        var page = "";
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/CaUpdate/renew") { Content = new FormUrlEncodedContent([]) };
            request.Headers.Add("Origin", narrow.Address);
            request.Headers.Add("Accept", "text/html");
            using var response = await visitor.SendAsync(request, Cancel);
            page = await response.Content.ReadAsStringAsync(Cancel);
        }

        Assert.Matches(@"RK-2014[\s\S]*\d+ 秒", page);
        Assert.Contains("证书更新条件", await visitor.GetStringAsync("/CaUpdate/renew", Cancel), StringComparison.Ordinal); // reading is not limited
    }

    [Fact]
    public async Task An_error_page_keeps_its_secret_and_gives_a_number()
    {
        using var response = await http.GetAsync("/CaUpdate/problems/RK-7777", Cancel);
        var page = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("RK-2020", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", page, StringComparison.Ordinal);
    }

    private async Task<string> GetAsync(string path) => await http.GetStringAsync(path, Cancel);

    private async Task<string> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))) };
        request.Headers.Add("Origin", portal.Address);
        using var response = await http.SendAsync(request, Cancel);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    private async Task<int> WeighAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Encoding", "br");
        using var response = await http.SendAsync(request, Cancel);
        response.EnsureSuccessStatusCode();
        Assert.Equal("br", response.Content.Headers.ContentEncoding.Single());
        var wire = await response.Content.ReadAsByteArrayAsync(Cancel);
        using var plain = new BrotliStream(new MemoryStream(wire), CompressionMode.Decompress);
        await plain.CopyToAsync(Stream.Null, Cancel); // it is what it says
        return wire.Length + response.Headers.ToString().Length;
    }

    [GeneratedRegex("href=\"(rekey://[^\"]+)\"")]
    private static partial Regex LaunchLink();

    [GeneratedRegex("type=\"radio\" name=\"cert\" value=\"([0-9a-f]{64})\"")]
    private static partial Regex Radio();

    [GeneratedRegex("(?:href|src)=\"(/CaUpdate/assets/[^\"]+)\"")]
    private static partial Regex Asset();
}
