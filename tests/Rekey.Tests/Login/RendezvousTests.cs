using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Time.Testing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Login;

/// <summary>Logins over HTTP, with a browser and an agent that do what they want.</summary>
public sealed class RendezvousTests : IAsyncLifetime
{
    private static readonly string[] ClientAuth = [Oids.ClientAuth];

    private readonly FakeTimeProvider time = new(new(2026, 11, 27, 2, 0, 0, TimeSpan.Zero));
    private readonly TestPki pki;
    private LoginSite site = null!;
    private LoginBrowser browser = null!;
    private SoftwareAgent agent = null!;

    public RendezvousTests() => pki = new(now: time.GetUtcNow());

    private TestPki.Entity Holder => field ??= Issue();

    public async ValueTask InitializeAsync()
    {
        site = await LoginSite.StartAsync(pki, time);
        browser = new(site.Origin);
        agent = new(site.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        agent.Dispose();
        browser.Dispose();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task The_browser_that_began_is_logged_in_by_the_return_page()
    {
        var started = await browser.StartAsync();
        var code = await agent.LogInAsync(started.LaunchUri, Holder);

        var (status, body) = await browser.OpenAsync($"{site.Origin}/rekey/return#{code}");

        Assert.Equal((HttpStatusCode.OK, """{"returnTo":"/report?year=2026"}"""), (status, body));
        Assert.Equal("YZ-000123", browser.LoggedInAs);
        Assert.Equal("YZ-000123", Assert.Single(site.LoggedIn).SubscriberId);
        Assert.Null(browser.Cookies.GetCookies(new(site.Origin))["rekey"]);
    }

    [Fact]
    public async Task The_page_that_began_sees_no_name_and_no_code()
    {
        var started = await browser.StartAsync();
        var code = await agent.LogInAsync(started.LaunchUri, Holder);

        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = browser.Cookies });
        var seen = await http.GetStringAsync($"{site.Origin}/rekey/events?after=0", TestContext.Current.CancellationToken);

        Assert.Contains("returned", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(code, seen, StringComparison.Ordinal);
        Assert.DoesNotContain("YZ-000123", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Holder.Der)[..40], seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_victim_in_an_attackers_rendezvous_logs_nobody_in()
    {
        // The attacker begins and sends the victim the launch address; the victim's agent and browser do as they always do.
        using var attacker = new LoginBrowser(site.Origin);
        var code = await agent.LogInAsync((await attacker.StartAsync()).LaunchUri, Holder);

        var (status, body) = await browser.OpenAsync($"{site.Origin}/rekey/return#{code}");

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("RK-6020", body, StringComparison.Ordinal);
        Assert.Equal(Problems.LoginOtherBrowser().Number, (await attacker.EventAsync<FailedEvent>()).Problem.Number);
        // Even if the victim reads the code to the attacker now.
        Assert.Equal(HttpStatusCode.Gone, (await attacker.FinishAsync(code)).Status);
        Assert.Empty(site.LoggedIn);
    }

    [Fact]
    public async Task A_code_of_one_login_is_worth_nothing_in_another_that_the_browser_has_under_way()
    {
        using var attacker = new LoginBrowser(site.Origin);
        var code = await agent.LogInAsync((await attacker.StartAsync()).LaunchUri, Holder);
        await browser.StartAsync();

        Assert.Contains("RK-6020", (await browser.FinishAsync(code)).Body, StringComparison.Ordinal);
        Assert.Empty(site.LoggedIn);
    }

    [Fact]
    public async Task A_code_counts_once_and_two_minutes_long()
    {
        var code = await agent.LogInAsync((await browser.StartAsync()).LaunchUri, Holder);
        Assert.Equal(HttpStatusCode.OK, (await browser.FinishAsync(code)).Status);
        Assert.Contains("RK-6021", (await browser.FinishAsync(code)).Body, StringComparison.Ordinal);

        using var second = new SoftwareAgent(site.Origin);
        var late = await second.LogInAsync((await browser.StartAsync()).LaunchUri, Holder);
        time.Advance(LoginAttempt.CodeLifetime + TimeSpan.FromSeconds(1));
        Assert.Contains("RK-6021", (await browser.FinishAsync(late)).Body, StringComparison.Ordinal);
        Assert.Single(site.LoggedIn);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_code_that_nobody_gave_out_is_refused(string code)
    {
        await browser.StartAsync();
        Assert.Contains("RK-6021", (await browser.FinishAsync(code)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guessed_code_does_not_end_the_login()
    {
        var code = await agent.LogInAsync((await browser.StartAsync()).LaunchUri, Holder);
        await browser.FinishAsync(code[..^3] + "AAA");
        Assert.Equal(HttpStatusCode.OK, (await browser.FinishAsync(code)).Status);
    }

    [Fact]
    public async Task A_refused_token_is_told_in_the_browser_that_began_in_its_language()
    {
        var revoked = Issue();
        site.Ocsp.Set(revoked.Der, OcspCertStatus.Revoked, time.GetUtcNow().AddDays(-1));
        var code = await agent.LogInAsync((await browser.StartAsync()).LaunchUri, revoked);

        var (status, body) = await browser.FinishAsync(code);

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("RK-6002", body, StringComparison.Ordinal);
        Assert.Contains("26 November 2026", body, StringComparison.Ordinal);
        Assert.Null(browser.LoggedInAs);
    }

    [Fact]
    public async Task A_token_that_a_dishonest_site_collected_is_refused()
    {
        // The agent signs for the site that it was launched for, whatever nonce that site got from elsewhere.
        await agent.AttachAsync((await browser.StartAsync()).LaunchUri);
        var nonce = (await agent.ChallengeAsync()).Nonce;
        var code = await agent.ReturnAsync(new(nonce, LoginToken.Sign(Holder.Key, Holder.Der, "https://evil.example", nonce, "test")));

        Assert.Contains("RK-6011", (await browser.FinishAsync(code)).Body, StringComparison.Ordinal);
        Assert.Empty(site.LoggedIn);
    }

    [Fact]
    public async Task A_token_is_no_use_in_another_login()
    {
        var first = await browser.StartAsync();
        await agent.AttachAsync(first.LaunchUri);
        var nonce = (await agent.ChallengeAsync()).Nonce;
        var signed = new LoginReturn(nonce, LoginToken.Sign(Holder.Key, Holder.Der, site.Origin, nonce, "test"));
        using var attacker = new LoginBrowser(site.Origin);
        using var other = new SoftwareAgent(site.Origin);
        await other.AttachAsync((await attacker.StartAsync()).LaunchUri);

        Assert.Equal("RK-6013", (await Assert.ThrowsAsync<HttpRequestException>(() => other.ReturnAsync(signed))).Message);
        await other.ChallengeAsync();
        Assert.Equal("RK-6013", (await Assert.ThrowsAsync<HttpRequestException>(() => other.ReturnAsync(signed))).Message);
        Assert.NotEmpty(await agent.ReturnAsync(signed));
    }

    [Fact]
    public async Task A_challenge_is_void_when_the_next_is_given_out_and_after_five_minutes()
    {
        await agent.AttachAsync((await browser.StartAsync()).LaunchUri);
        var (first, second) = (await agent.ChallengeAsync(), await agent.ChallengeAsync());

        Assert.Equal("RK-6013", (await Assert.ThrowsAsync<HttpRequestException>(() => ReturnAsync(first))).Message);
        time.Advance(LoginChallenges.Lifetime + TimeSpan.FromSeconds(1));
        Assert.Equal("RK-6015", (await Assert.ThrowsAsync<HttpRequestException>(() => ReturnAsync(second))).Message);

        Task<string> ReturnAsync(LoginChallenge challenge) =>
            agent.ReturnAsync(new(challenge.Nonce, LoginToken.Sign(Holder.Key, Holder.Der, site.Origin, challenge.Nonce, "test")));
    }

    [Fact]
    public async Task A_repeated_return_gets_the_same_code()
    {
        await agent.AttachAsync((await browser.StartAsync()).LaunchUri);
        var nonce = (await agent.ChallengeAsync()).Nonce;
        var signed = new LoginReturn(nonce, LoginToken.Sign(Holder.Key, Holder.Der, site.Origin, nonce, "test"));

        Assert.Equal(await agent.ReturnAsync(signed), await agent.ReturnAsync(signed));
        Assert.Equal("RK-2015", (await Assert.ThrowsAsync<HttpRequestException>(agent.ChallengeAsync)).Message);
    }

    [Fact]
    public async Task The_agent_learns_whose_certificates_count()
    {
        await agent.AttachAsync((await browser.StartAsync()).LaunchUri);
        Assert.Contains(Convert.ToBase64String(Certificate.FromDer(Holder.Der).Issuer.Encoded.Span), (await agent.ChallengeAsync()).Issuers);
    }

    [Fact]
    public async Task A_ticket_that_is_used_twice_stops_the_login()
    {
        var started = await browser.StartAsync();
        await agent.AttachAsync(started.LaunchUri);
        using var second = new SoftwareAgent(site.Origin);

        Assert.Equal("RK-2003", (await Assert.ThrowsAsync<HttpRequestException>(() => second.AttachAsync(started.LaunchUri))).Message);
        Assert.Equal(2003, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        Assert.Equal("RK-2002", (await Assert.ThrowsAsync<HttpRequestException>(agent.ChallengeAsync)).Message);
    }

    [Fact]
    public async Task A_ticket_waits_two_minutes()
    {
        var started = await browser.StartAsync();
        time.Advance(LaunchAddress.TicketLifetime + TimeSpan.FromSeconds(1));
        Assert.Equal("RK-2004", (await Assert.ThrowsAsync<HttpRequestException>(() => agent.AttachAsync(started.LaunchUri))).Message);
    }

    [Fact]
    public async Task An_agent_that_is_too_old_is_told()
    {
        var started = await browser.StartAsync();
        Assert.Equal("RK-2005", (await Assert.ThrowsAsync<HttpRequestException>(() => agent.AttachAsync(started.LaunchUri, "0.0.9"))).Message);
    }

    [Fact]
    public async Task Who_gives_up_ends_the_agent_and_the_code()
    {
        var code = await agent.LogInAsync((await browser.StartAsync()).LaunchUri, Holder);
        using var answer = await browser.PostAsync("/rekey/cancel", "{}");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);

        using var commands = await agent.Http.GetAsync("/rekey/agent/v1/commands?after=0", TestContext.Current.CancellationToken);
        Assert.Equal("RK-2002", (await commands.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument, TestContext.Current.CancellationToken))!.Code);
        Assert.Contains("RK-6021", (await browser.FinishAsync(code)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\\\evil.example/")]
    [InlineData("/\\t/evil.example")]
    [InlineData("report")]
    public async Task A_return_address_elsewhere_is_refused(string returnTo)
    {
        using var answer = await browser.PostAsync("/rekey/start", $$"""{"returnTo":"{{returnTo}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/rekey/start", "{}")]
    [InlineData("/rekey/cancel", "{}")]
    [InlineData("/rekey/finish", """{"code":"x"}""")]
    public async Task Another_sites_page_can_do_nothing(string path, string body)
    {
        await browser.StartAsync();
        using var answer = await browser.PostAsync(path, body, from: "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("attach")]
    [InlineData("events")]
    [InlineData("challenge")]
    [InlineData("return")]
    public async Task A_page_can_do_nothing_that_is_the_agents(string call)
    {
        var started = await browser.StartAsync();
        var attached = await agent.AttachAsync(started.LaunchUri);
        using var http = new HttpClient { BaseAddress = new(site.Origin) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", attached.AgentToken);
        http.DefaultRequestHeaders.Add("Origin", site.Origin);
        using var answer = await http.PostAsync($"/rekey/agent/v1/{call}", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("events", """{"type":"consent-asked"}""")]
    [InlineData("challenge", "{}")]
    [InlineData("return", "{}")]
    public async Task Without_its_token_an_agent_can_do_nothing(string call, string body)
    {
        await browser.StartAsync();
        using var answer = await agent.PostAsync(call, body);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("""{"type":"certificates","tokens":[],"certificates":[],"resumable":[]}""")]
    [InlineData("""{"type":"agent-step","step":"KeyReady"}""")]
    [InlineData("""{"type":"returned"}""")]
    [InlineData("""{"type":"pin-wrong","pin":"1234"}""")]
    public async Task An_event_that_no_login_has_is_refused(string json)
    {
        await agent.AttachAsync((await browser.StartAsync()).LaunchUri);
        using var answer = await agent.PostAsync("events", json);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_browser_without_cookie_sees_nothing()
    {
        await browser.StartAsync();
        using var other = new HttpClient();
        using var answer = await other.GetAsync($"{site.Origin}/rekey/events?after=0", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task The_return_page_runs_its_own_script_only_and_tells_nobody_where_it_was()
    {
        using var http = new HttpClient();
        using var page = await http.GetAsync($"{site.Origin}/rekey/return", TestContext.Current.CancellationToken);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'", policy, StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        var script = await http.GetStringAsync($"{site.Origin}/rekey/return.js", TestContext.Current.CancellationToken);
        Assert.Contains("history.replaceState", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_from_one_network_is_told_to_wait()
    {
        await using var small = await LoginSite.StartAsync(pki, time, o => o with { StartsPerMinute = 3 });
        using var many = new LoginBrowser(small.Origin);
        for (var i = 0; i < 3; i++)
        {
            await many.StartAsync();
        }

        using var answer = await many.PostAsync("/rekey/start", "{}");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
    }

    [Fact]
    public async Task The_portal_meets_for_no_login()
    {
        await using var portal = await PortalHost.StartAsync();
        using var page = new FakeBrowser(portal.Address);
        using var answer = await page.PostAsync("", """{"purpose":"Login"}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private TestPki.Entity Issue() =>
        pki.Issue("CN=张伟, O=云泽市青禾商贸有限公司, SERIALNUMBER=YZ-000123, C=CN", pki.Issuing, AlgorithmSuite.P256, ekus: ClientAuth);
}
