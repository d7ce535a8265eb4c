using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>The rendezvous over HTTP, against the real server, with a scripted browser and agent.</summary>
public sealed class SessionsTests : IAsyncLifetime
{
    private PortalHost portal = null!;
    private byte[] certificate = null!;
    private string sha256 = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        certificate = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        sha256 = CertificateFacts.Read(certificate)!.Sha256Hex;
        await portal.RegisterAsync(certificate);
    }

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task A_renewal_goes_through_and_its_certificate_can_be_fetched()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        Assert.Equal(browser.Session.CheckCode, agent.Attached.CheckCode);
        Assert.Equal("zh-CN", agent.Attached.Language);
        var renewalId = await StartAsync(browser, agent);

        await agent.StepAsync(AgentStep.KeyReady);
        var renewed = await IssueAsync(renewalId);
        await agent.StepAsync(AgentStep.Verified);
        using (var early = await browser.GetAsync($"/CaUpdate/api/v1/sessions/{browser.Session.SessionId}/certificate"))
        {
            Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        }

        await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        await agent.StepAsync(AgentStep.Retired);
        Assert.Equal(CertificateFacts.Read(renewed)!.Sha256Hex, (await browser.EventAsync<DoneEvent>()).CertSha256);
        foreach (var format in new[] { "der", "pem", "p7b" })
        {
            using var answer = await browser.GetAsync($"/CaUpdate/api/v1/sessions/{browser.Session.SessionId}/certificate?format={format}");
            var file = await answer.Content.ReadAsByteArrayAsync(Cancel);
            Assert.Equal(renewed, Unpack(format, file));
        }

        var sequence = (await browser.EventsAsync()).Select(e => e.Seq).ToList();
        Assert.Equal(Enumerable.Range(1, sequence.Count), sequence);
    }

    [Fact]
    public async Task Where_nothing_is_retired_the_confirmation_is_the_end()
    {
        await using var other = await PortalHost.StartAsync(o => o with { Renewal = new() { Profiles = new Dictionary<string, ProfileRule> { ["default"] = new() { KeyType = "P-256", RetireAtConfirmation = false } } } });
        await other.RegisterAsync(certificate);
        using var browser = await FakeBrowser.WithSessionAsync(other.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        var renewalId = await StartAsync(browser, agent);
        await agent.StepAsync(AgentStep.Verified);
        await other.Outcome.IssuedAsync(renewalId, [portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"))], Cancel);
        await other.Outcome.ConfirmedAsync(renewalId, Cancel);
        await browser.EventAsync<DoneEvent>();
    }

    /// <summary>A server that dies between the two leaves a page that nobody tells: the next look at the CA's events does, in whatever process.</summary>
    [Fact]
    public async Task What_was_recorded_and_not_told_is_told_by_the_next_look()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        var renewalId = await StartAsync(browser, agent);
        await agent.StepAsync(AgentStep.Retired);
        await using (var db = await portal.DatabaseAsync())
        await using (var transaction = await db.Database.BeginTransactionAsync(Cancel))
        {
            await RenewalOutcome.IssuedAsync(db, renewalId, CaDeeds.Issued(renewalId, portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"))), Cancel);
            await RenewalOutcome.ConfirmedAsync(db, renewalId, portal.Time.GetUtcNow(), Cancel);
            await transaction.CommitAsync(Cancel);
        }

        await browser.EventAsync<DoneEvent>();
        var steps = (await browser.EventsAsync()).Select(e => e.Event).OfType<ServerStepEvent>().Select(e => e.Step);
        Assert.Equal([ServerStep.Issued, ServerStep.Confirmed], steps);
        await using var after = await portal.DatabaseAsync();
        Assert.Null((await after.Renewals.SingleAsync(r => r.RenewalId == renewalId, Cancel)).Untold);
    }

    [Fact]
    public async Task A_ticket_used_twice_stops_both()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var first = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        var (second, response) = await FakeAgent.TryAttachAsync(browser.Session.LaunchUri);
        second.Dispose();
        Assert.Equal(Problems.TicketReused().Number, await NumberAsync(response, HttpStatusCode.Conflict));
        Assert.Equal(Problems.TicketReused().Number, (await browser.EventAsync<FailedEvent>()).Problem.Number);
        using var poll = await first.PollAsync();
        Assert.Equal(HttpStatusCode.NotFound, poll.StatusCode);

        var again = await browser.RelaunchAsync();
        using var third = await FakeAgent.AttachAsync(again.LaunchUri);
        Assert.Equal(again.CheckCode, third.Attached.CheckCode);
    }

    [Fact]
    public async Task A_ticket_runs_out_after_two_minutes()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        portal.Time.Jump(LaunchAddress.TicketLifetime);
        var (agent, response) = await FakeAgent.TryAttachAsync(browser.Session.LaunchUri);
        agent.Dispose();
        Assert.Equal(Problems.TicketExpired().Number, await NumberAsync(response, HttpStatusCode.Gone));
    }

    [Fact]
    public async Task A_relaunch_voids_the_ticket_and_the_agent_before_it()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        var old = browser.Session.LaunchUri;
        var again = await browser.RelaunchAsync();
        Assert.NotEqual(old, again.LaunchUri);
        var (agent, response) = await FakeAgent.TryAttachAsync(old);
        agent.Dispose();
        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);

        using var attached = await FakeAgent.AttachAsync(again.LaunchUri);
        var waiting = attached.PollAsync();
        await browser.RelaunchAsync();
        using var ended = await waiting;
        Assert.Equal(HttpStatusCode.NotFound, ended.StatusCode);
    }

    [Fact]
    public async Task An_agent_that_is_too_old_is_told_so_and_the_page_too()
    {
        await using var strict = await PortalHost.StartAsync(o => o with { Sessions = new() { MinAgentVersion = new(1, 2, 0) } });
        using var browser = await FakeBrowser.WithSessionAsync(strict.Address);
        var (agent, response) = await FakeAgent.TryAttachAsync(browser.Session.LaunchUri, "1.1.9-beta");
        agent.Dispose();
        Assert.Equal(Problems.AgentTooOld("", "").Number, await NumberAsync(response, HttpStatusCode.Conflict));
        Assert.Equal(["1.1.9", "1.2.0"], (await browser.EventAsync<FailedEvent>()).Problem.Arguments);
    }

    [Fact]
    public async Task An_agent_that_falls_silent_is_lost_and_one_that_comes_back_is_found()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        portal.Time.Jump(RenewalCases.Silence + TimeSpan.FromSeconds(1));
        await browser.EventAsync<AgentLostEvent>();
        using var stop = new CancellationTokenSource();
        var poll = agent.PollAsync();
        var after = (await browser.EventsAsync()).Count;
        var events = after > 3 ? await browser.EventsAsync(3) : await browser.EventsAsync(after);
        Assert.IsType<AttachedEvent>(events[0].Event);
        await browser.ActAsync("cancel");
        Assert.IsType<CancelCommand>((await (await poll).Content.ReadFromJsonAsync(BridgeJson.Default.AgentCommands, Cancel))!.Commands[0].Command);
    }

    [Fact]
    public async Task A_cancelled_session_takes_no_more_events()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        using var _ = await browser.ActAsync("cancel");
        await agent.CommandAsync<CancelCommand>();
        using var report = await agent.TryReportAsync(new ConsentAskedEvent());
        Assert.Equal(Problems.SessionEnded().Number, await NumberAsync(report, HttpStatusCode.Conflict));
        using var poll = await agent.PollAsync(after: 1);
        Assert.Equal(HttpStatusCode.Conflict, poll.StatusCode);
    }

    [Fact]
    public async Task A_relaunched_agent_goes_on_with_the_same_renewal_by_itself()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        var renewalId = await StartAsync(browser, agent);
        await agent.StepAsync(AgentStep.KeyReady);

        var again = await browser.RelaunchAsync();
        using var second = await FakeAgent.AttachAsync(again.LaunchUri);
        await second.ListAsync(certificate);
        var command = await second.CommandAsync<RenewCommand>();
        Assert.Equal(renewalId, Convert.FromHexString(command.RenewalId));
    }

    [Fact]
    public async Task A_renewal_that_was_confirmed_in_another_session_ends_in_this_one_once_the_key_is_tidy()
    {
        byte[] renewalId;
        using (var first = await FakeBrowser.WithSessionAsync(portal.Address))
        using (var stopped = await FakeAgent.AttachAsync(first.Session.LaunchUri))
        {
            renewalId = await StartAsync(first, stopped);
            await IssueAsync(renewalId);
            await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        }

        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await agent.ReportAsync(new CertificatesEvent(
            [FakeAgent.Token], [new(Convert.ToBase64String(certificate), 0)], [new(Convert.ToHexStringLower(renewalId), 0, sha256)]));
        Assert.Equal(renewalId, await StartListedAsync(browser, agent));
        await agent.StepAsync(AgentStep.Retired); // all that was left to do
        Assert.Contains(await browser.EventsAsync(), e => e.Event is DoneEvent);
    }

    [Fact]
    public async Task A_refusal_by_the_rule_shows_before_the_token_is_asked()
    {
        var late = portal.Pki.Issue("云泽市急救中心", DemoPki.Day("2020-10-14"), DemoPki.Day("2025-10-08"));
        await portal.RegisterAsync(late);
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await agent.ListAsync(late);
        using var select = await browser.SelectAsync(CertificateFacts.Read(late)!.Sha256Hex);
        var ready = await browser.EventAsync<ReadyEvent>();
        Assert.Equal(3103, ready.Checks[0].Problem!.Number);
        using var start = await browser.ActAsync("start");
        Assert.Equal(3103, await NumberAsync(start, HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_preflight_puts_both_halves_together_with_the_failures_first()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await agent.ListAsync(certificate);
        using var _ = await browser.SelectAsync(sha256);
        await agent.PassPreflightAsync(new PreflightCheck(PreflightKind.Room, PreflightOutcome.Failed, WireProblem.Of(Problems.TokenFull())));
        var checks = (await browser.EventAsync<ReadyEvent>()).Checks;
        Assert.Equal(PreflightKind.Room, checks[0].Kind);
        // Where nothing can be encrypted for the holder, there is nothing to say about an old key; and two are a download's.
        Assert.Equal(Enum.GetValues<PreflightKind>().Where(k => k is not (PreflightKind.OldKey or PreflightKind.Authorisation or PreflightKind.Holder)).Order(), checks.Select(c => c.Kind).Order());
        using var start = await browser.ActAsync("start");
        Assert.Equal(Problems.TokenFull().Number, await NumberAsync(start, HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("a member that the schema has not", """{"type":"pin-asked","pin":"123456"}""", 400)]
    [InlineData("an unknown kind", """{"type":"pin"}""", 400)]
    [InlineData("a step that only the server sees", """{"type":"server-step","step":"Confirmed"}""", 400)]
    [InlineData("no kind", "{}", 400)]
    [InlineData("not JSON", "pin=123456", 400)]
    [InlineData("null", "null", 400)]
    [InlineData("a problem that does not exist", """{"type":"failed","problem":{"number":7777,"next":"Retry","arguments":[]}}""", 400)]
    [InlineData("a token that is not listed", """{"type":"certificates","tokens":[],"certificates":[{"der":"AAAA","token":0}],"resumable":[]}""", 400)]
    [InlineData("a certificate that is not base64", """{"type":"certificates","tokens":[{"driver":"","manufacturer":"","model":"","serialNumber":"","label":"","module":""}],"certificates":[{"der":"***","token":0}],"resumable":[]}""", 400)]
    [InlineData("a step before any renewal", """{"type":"agent-step","step":"Retired"}""", 409)]
    public async Task What_an_agent_may_not_say_is_refused(string row, string json, int status)
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        using var response = await agent.SendAsync(new StringContent(json, Encoding.UTF8, "application/json"));
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)response.StatusCode == status, $"{row}: {response.StatusCode}");
        Assert.DoesNotContain("123456", body, StringComparison.Ordinal);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_does_not_hide_the_others()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await agent.ListAsync([1, 2, 3], certificate);
        using var _ = await browser.SelectAsync(sha256);
        await agent.CommandAsync<PreflightCommand>();
    }

    [Theory]
    [InlineData("text/plain", 20, 415)]
    [InlineData("application/json", 5_000, 413)]
    [InlineData("application/x-www-form-urlencoded", 20, 415)]
    public async Task Wrong_media_types_and_large_bodies_are_refused(string mediaType, int length, int status)
    {
        using var browser = new FakeBrowser(portal.Address);
        var body = new StringContent("{\"purpose\":\"Renew\"" + new string(' ', length) + "}", Encoding.UTF8, mediaType);
        using var response = await browser.SendAsync(HttpMethod.Post, "/CaUpdate/api/v1/sessions", body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_flood_of_sessions_is_slowed_down()
    {
        await using var narrow = await PortalHost.StartAsync(o => o with { Sessions = new() { CreatesPerMinute = 3 } });
        using var browser = new FakeBrowser(narrow.Address);
        HttpResponseMessage last = null!;
        for (var i = 0; i < 4; i++)
        {
            last = await browser.PostAsync("", """{"purpose":"Renew"}""");
        }

        Assert.Equal(Problems.TooManyRequests(1).Number, await NumberAsync(last, HttpStatusCode.TooManyRequests));
        Assert.NotNull(last.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_store_holds_no_secret_of_page_or_agent()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await using var db = await portal.DatabaseAsync();
        var session = await db.Sessions.SingleAsync(Cancel);
        var ticket = LaunchAddress.Parse(browser.Session.LaunchUri)!.Ticket;
        Assert.Equal(BridgeSecret.Sha256(ticket), (await db.Tickets.SingleAsync(Cancel)).Sha256);
        Assert.Equal(BridgeSecret.Sha256(agent.Attached.AgentToken), session.AgentTokenSha256);
        var everything = System.Text.Json.JsonSerializer.Serialize(await db.SessionEvents.ToListAsync(Cancel)) + System.Text.Json.JsonSerializer.Serialize(session);
        Assert.DoesNotContain(ticket, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(agent.Attached.AgentToken, everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_past_their_week_and_intents_from_which_nothing_came_are_cleaned_up()
    {
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await StartAsync(browser, agent);
        var cleanup = portal.Cleanup;
        Assert.Equal((0, 0), await cleanup.CleanAsync(Cancel));
        portal.Time.Jump(OpenSession.Lifetime + TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), await cleanup.CleanAsync(Cancel));
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(0, await db.SessionEvents.CountAsync(Cancel) + await db.Tickets.CountAsync(Cancel) + await db.AgentCommands.CountAsync(Cancel));
    }

    private static byte[] Unpack(string format, byte[] file)
    {
        switch (format)
        {
            case "pem":
                return System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(file)).RawData;
            case "p7b":
                var bag = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
#pragma warning disable SYSLIB0057 // the loader that replaces it reads no PKCS#7
                bag.Import(file);
#pragma warning restore SYSLIB0057
                return Assert.Single(bag).RawData;
            default:
                return file;
        }
    }

    private static async Task<int> NumberAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var document = (await response.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument, Cancel))!;
        Assert.Equal(status, response.StatusCode);
        Assert.Equal((int)status, document.Status);
        return document.Problem.Number;
    }

    private async Task<byte[]> StartAsync(FakeBrowser browser, FakeAgent agent)
    {
        await agent.ListAsync(certificate);
        return await StartListedAsync(browser, agent);
    }

    private async Task<byte[]> StartListedAsync(FakeBrowser browser, FakeAgent agent)
    {
        using var select = await browser.SelectAsync(sha256);
        Assert.Equal(HttpStatusCode.NoContent, select.StatusCode);
        await agent.PassPreflightAsync();
        await browser.EventAsync<ReadyEvent>();
        using var start = await browser.ActAsync("start");
        Assert.Equal(HttpStatusCode.NoContent, start.StatusCode);
        return Convert.FromHexString((await agent.CommandAsync<RenewCommand>()).RenewalId);
    }

    private async Task<byte[]> IssueAsync(byte[] renewalId)
    {
        var renewed = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"));
        await portal.Outcome.ReceivedAsync(renewalId, Cancel);
        await portal.Outcome.IssuedAsync(renewalId, [renewed], Cancel);
        return renewed;
    }
}
