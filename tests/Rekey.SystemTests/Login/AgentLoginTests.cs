using System.Net;
using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Testing.Login;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Login;

/// <summary>Logins with the real agent and real tokens to a small site.</summary>
public sealed class AgentLoginTests(LoginTokens tokens) : IClassFixture<LoginTokens>, IAsyncLifetime
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] TrustAnchors = ["ca.pem"];

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-login-").FullName;
    private LoginSite site = null!;
    private LoginBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        site = await LoginSite.StartAsync(tokens.Pki);
        browser = new(site.Origin);
        var program = Path.Combine(directory, "browser");
        File.WriteAllText(program, "#!/bin/sh\nprintf %s \"$1\" > \"$0.next\" && mv \"$0.next\" \"$0.opened\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await site.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    [InlineData("SM2")]
    public async Task A_key_logs_its_holder_in_where_the_login_began(string suite)
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, [site.Origin], suite);

        var (exitCode, _, errors) = await AgentProcess.EndAsync(agent.Launch((await browser.StartAsync()).LaunchUri));
        var (status, body) = await browser.OpenAsync(await OpenedAsync());

        Assert.True(exitCode == 0, errors);
        Assert.Equal((HttpStatusCode.OK, """{"returnTo":"/report?year=2026"}"""), (status, body));
        Assert.Equal("YZ-000123", browser.LoggedInAs);
        Assert.Equal(suite, Assert.Single(site.LoggedIn).Certificate.PublicKey.Suite.Name);
        // The windows say what for and to whom; the PIN is nowhere but in them.
        Assert.Contains("log in with your key", pinentry.Log, StringComparison.Ordinal);
        Assert.Contains("To log in to the site", pinentry.Log, StringComparison.Ordinal);
        Assert.Contains(site.Origin, pinentry.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Requests, r => r.Text.Contains(SoftHsm.Pin, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_attackers_rendezvous_with_a_victims_agent_logs_the_attacker_in_nowhere()
    {
        using var attacker = new LoginBrowser(site.Origin);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var victim = Agent(pinentry, [site.Origin], "P-256");

        // The victim follows the attacker's link and does everything that is asked.
        await AgentProcess.EndAsync(victim.Launch((await attacker.StartAsync()).LaunchUri));
        var opened = await OpenedAsync();
        var code = new Uri(opened).Fragment[1..];
        var seen = JsonSerializer.Serialize(await attacker.EventsAsync(), JsonSerializerOptions.Web);
        var (status, body) = await browser.OpenAsync(opened);

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("RK-6020", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Gone, (await attacker.FinishAsync(code)).Status);
        Assert.Empty(site.LoggedIn);
        Assert.Null(attacker.LoggedInAs);
        Assert.DoesNotContain(code, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_site_that_passes_on_anothers_challenge_gets_a_token_for_itself()
    {
        // The victim trusts both; the first forwards its launches to a login that it has under way at the second.
        await using var bank = await LoginSite.StartAsync(tokens.Pki);
        using var attacker = new LoginBrowser(bank.Origin);
        using var forwarder = new SoftwareAgent(bank.Origin);
        await forwarder.AttachAsync((await attacker.StartAsync()).LaunchUri);
        var stolen = await forwarder.ChallengeAsync();
        await using var evil = await EvilSite.StartAsync(stolen);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var victim = Agent(pinentry, [bank.Origin, evil.Origin], "P-256");

        await AgentProcess.EndAsync(victim.Launch(new LaunchAddress(evil.Origin, new string('A', 43), SessionPurpose.Login).ToString()));
        var code = await forwarder.ReturnAsync(evil.Got!);
        var (status, body) = await attacker.FinishAsync(code);

        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.Contains("RK-6011", body, StringComparison.Ordinal);
        Assert.Empty(bank.LoggedIn);
        Assert.Contains(evil.Origin, pinentry.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(bank.Origin, pinentry.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_certificates_the_holder_chooses_in_windows()
    {
        using var pinentry = new ScriptedPinentry(["yes", "no", "yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, [site.Origin], "P-256", "SM2");

        await AgentProcess.EndAsync(agent.Launch((await browser.StartAsync()).LaunchUri));
        await browser.OpenAsync(await OpenedAsync());

        var second = Assert.Single(pinentry.Log.Split('\n'), l => l.Contains("(2 of 2)", StringComparison.Ordinal));
        Assert.Contains(Assert.Single(site.LoggedIn).Certificate.SerialHex, second, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Requests, r => r.Path.EndsWith("/events", StringComparison.Ordinal) && r.Text.Contains("certificates", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_declines_is_told_nothing_more_and_nothing_is_signed()
    {
        using var pinentry = new ScriptedPinentry(["no"], []);
        using var agent = Agent(pinentry, [site.Origin], "P-256");

        var (exitCode, _, _) = await AgentProcess.EndAsync(agent.Launch((await browser.StartAsync()).LaunchUri));

        Assert.Equal(1, exitCode);
        Assert.Equal(Problems.ConsentDeclined().Number, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        Assert.DoesNotContain(site.Requests, r => r.Path.EndsWith("/challenge", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_site_that_is_not_on_the_list_is_not_contacted()
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, ["http://localhost:1"], "P-256");
        var started = await browser.StartAsync();
        var before = site.Requests.Count;

        var (exitCode, _, errors) = await AgentProcess.EndAsync(agent.Launch(started.LaunchUri));

        Assert.Equal(3, exitCode);
        Assert.Contains("RK-1061", errors, StringComparison.Ordinal);
        Assert.Equal(before, site.Requests.Count);
    }

    [Fact]
    public async Task A_site_for_logins_cannot_start_a_renewal()
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(pinentry, [site.Origin], "P-256");

        var (exitCode, _, _) = await AgentProcess.EndAsync(agent.Launch(new LaunchAddress(site.Origin, new string('A', 43)).ToString()));

        Assert.Equal(3, exitCode);
        Assert.Empty(site.Requests);
    }

    private AgentProcess Agent(ScriptedPinentry pinentry, string[] loginOrigins, params string[] suites)
    {
        var (library, environment) = tokens.Module(suites[0]);
        var agent = new AgentProcess(library, environment, pinentry, Certificate.FromDer(tokens.Pki.Root.Der).ToPem(), "http://localhost:9");
        agent.WriteConfig(JsonSerializer.Serialize(new
        {
            origins = (string[])["http://localhost:9"],
            loginOrigins,
            trustAnchors = TrustAnchors,
            discoverModules = false,
            modules = suites.Select(s => tokens.Module(s)).Select(m => new { library = m.Library, environment = m.Environment }),
            pinentry = pinentry.Program,
            browser = Path.Combine(directory, "browser"),
        }));
        return agent;
    }

    /// <summary>What the agent had a browser open.</summary>
    private async Task<string> OpenedAsync()
    {
        var file = Path.Combine(directory, "browser.opened");
        using var limit = new CancellationTokenSource(OpenLimit);
        while (!File.Exists(file))
        {
            await Task.Delay(20, limit.Token);
        }

        return await File.ReadAllTextAsync(file, limit.Token);
    }
}
