using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Web;

/// <summary>Logins at the console with a key in memory: to the overview, to the page that was asked for, or to a refusal.</summary>
public sealed class ConsoleLoginTests : IAsyncLifetime
{
    private readonly TestPki pki = new(now: DemoPki.Day("2026-11-24"));
    private PortalHost portal = null!;
    private LoginBrowser browser = null!;
    private SoftwareAgent agent = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync(operators: pki);
        browser = new(portal.Address);
        agent = new(portal.Address);
    }

    public async ValueTask DisposeAsync()
    {
        agent.Dispose();
        browser.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task An_operator_logs_in_comes_where_she_wanted_to_go_and_out_again()
    {
        var (key, person) = await OperatorAsync();

        var code = await agent.LogInAsync((await browser.StartAsync("""{"language":"zh-CN","returnTo":"/console/?week=3"}""")).LaunchUri, key);
        var (status, body) = await browser.FinishAsync(code);

        Assert.Equal((HttpStatusCode.OK, """{"returnTo":"/console/?week=3"}"""), (status, body));
        using var visitor = Visitor();
        Assert.Contains("李晓燕", await visitor.PageAsync("/console/"), StringComparison.Ordinal);
        Assert.Equal([("operator.login", $"operator:{person.Subscriber.StableId}", "done")], await portal.AuditAsync("console"));
        var secret = visitor.Cookies.GetCookies(visitor.Origin)[ConsoleVisitor.Cookie]!;
        Assert.True(secret.HttpOnly);
        using var left = await visitor.PostAsync("/console/logout");
        Assert.Equal((HttpStatusCode.Redirect, "/console/login"), (left.StatusCode, left.Headers.Location!.ToString()));
        visitor.Take(secret.Value); // a copy of the cookie is worth nothing
        using var again = await visitor.GetAsync("/console/");
        Assert.Equal("/console/login?returnTo=%2Fconsole%2F&ended=LoggedOut", again.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_holder_who_is_no_operator_is_told_so_and_has_no_session()
    {
        var key = Issue("CN=路人");
        await portal.RegisterAsync(key.Der, subscriber: s => s.Kind = SubscriberKind.Person);

        var (status, body) = await browser.FinishAsync(await agent.LogInAsync((await browser.StartAsync()).LaunchUri, key));

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("RK-6030", body, StringComparison.Ordinal);
        Assert.Null(browser.Cookies.GetCookies(new(portal.Address))[ConsoleVisitor.Cookie]);
        Assert.Equal("refused", Assert.Single(await portal.AuditAsync("console")).Outcome);
    }

    [Theory]
    [InlineData(CertificateState.Revoked, "RK-6002")]
    [InlineData(CertificateState.Held, "RK-6002")]
    [InlineData(CertificateState.Unconfirmed, "RK-6004")]
    internal async Task A_certificate_that_does_not_count_logs_nobody_in(CertificateState state, string problem)
    {
        var (key, person) = await OperatorAsync();
        await using (var db = await portal.DatabaseAsync())
        {
            await db.Certificates.Where(c => c.Id == person.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, state), Cancel);
        }

        Assert.Contains(problem, (await browser.FinishAsync(await agent.LogInAsync((await browser.StartAsync()).LaunchUri, key))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_our_CA_that_the_RA_does_not_know_logs_nobody_in() =>
        Assert.Contains("RK-6004", (await browser.FinishAsync(await agent.LogInAsync((await browser.StartAsync()).LaunchUri, Issue("CN=某人")))).Body, StringComparison.Ordinal);

    [Fact]
    public async Task A_request_without_login_leads_to_it_and_keeps_the_way_back()
    {
        using var visitor = new ConsoleVisitor(portal);
        using var page = await visitor.GetAsync("/console/?week=3");
        Assert.Equal((HttpStatusCode.SeeOther, "/console/login?returnTo=%2Fconsole%2F%3Fweek%3D3"), (page.StatusCode, page.Headers.Location!.ToString()));
        Assert.Contains("data-return=\"/console/?week=3\"", await visitor.PageAsync(page.Headers.Location!.ToString()), StringComparison.Ordinal);
        foreach (var bad in new[] { "//evil.example/", "https://evil.example/console/", "/console/\\evil", "/CaUpdate/", "" })
        {
            Assert.Contains("data-return=\"/console/\"", await visitor.PageAsync($"/console/login?returnTo={Uri.EscapeDataString(bad)}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Whoever_was_logged_out_is_told_why()
    {
        var (_, person) = await OperatorAsync();
        using var visitor = await ConsoleVisitor.LoggedInAsync(portal, person);
        portal.Time.Jump(TimeSpan.FromHours(1));
        using var page = await visitor.GetAsync("/console/");
        Assert.Equal("/console/login?returnTo=%2Fconsole%2F&ended=Idle", page.Headers.Location!.ToString());
        Assert.Contains("您有一阵子没有操作，已经自动退出。", await visitor.PageAsync(page.Headers.Location!.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_challenge_is_taken_once_however_many_nodes_ask()
    {
        var store = portal.Services.GetRequiredService<IChallengeStore>();
        var (now, nonce) = (portal.Time.GetUtcNow(), new byte[32]);
        Assert.Equal(ChallengeState.Unknown, await store.TakeAsync(nonce, now, Cancel));
        await store.AddAsync(nonce, now.AddMinutes(5), Cancel);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => store.TakeAsync(nonce, now, Cancel), Cancel)));
        Assert.Equal(1, taken.Count(t => t == ChallengeState.Taken));
        Assert.Equal(7, taken.Count(t => t == ChallengeState.Used));
        await store.AddAsync([.. nonce.Select(_ => (byte)1)], now.AddMinutes(5), Cancel);
        Assert.Equal(ChallengeState.Expired, await store.TakeAsync([.. nonce.Select(_ => (byte)1)], now.AddMinutes(6), Cancel));
    }

    [Fact]
    public async Task An_attempt_is_replaced_by_one_of_many_and_comes_back_as_it_was()
    {
        var store = portal.Services.GetRequiredService<IAttemptStore>();
        await browser.StartAsync();
        await using var db = await portal.DatabaseAsync();
        var id = await db.LoginAttempts.Select(a => a.Id).SingleAsync(Cancel);
        var before = (await store.FindAsync(id, Cancel))!;
        Assert.Single(before.Events);
        var replaced = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => store.TryReplaceAsync(before with { Version = 2, Language = $"n{i}" }, Cancel), Cancel)));
        Assert.Equal(1, replaced.Count(r => r));
        var after = (await store.FindAsync(id, Cancel))!;
        Assert.Equal(2, after.Version);
        Assert.Equal(before.TicketSha256, after.TicketSha256);
        Assert.Equal(before.Events, after.Events);
        portal.Time.Jump(TimeSpan.FromMinutes(16));
        Assert.Null(await store.FindAsync(id, Cancel));
    }

    private async Task<(TestPki.Entity Key, RegisteredCertificate Person)> OperatorAsync()
    {
        var key = Issue("CN=李晓燕");
        var person = await portal.RegisterAsync(key.Der, subscriber: s => (s.Kind, s.DisplayName) = (SubscriberKind.Person, "李晓燕"));
        await portal.Services.GetRequiredService<AppointOperator>().AppointAsync(
            person.Subscriber.StableId, new(OperatorRole.Operator, OperatorDuties.Entry, OperatorScope.All), null, "test", Cancel);
        return (key, person);
    }

    private TestPki.Entity Issue(string subject) => pki.Issue(subject, pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.ClientAuth]);

    private ConsoleVisitor Visitor()
    {
        var visitor = new ConsoleVisitor(portal);
        visitor.Cookies.Add(browser.Cookies.GetCookies(new(portal.Address)));
        return visitor;
    }
}
