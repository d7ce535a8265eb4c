using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>The intent to renew, on both databases.</summary>
public sealed class StartRenewalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Of_many_who_renew_one_certificate_at_once_exactly_one_wins(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var certificate = await RegisterAsync(portal);
        var start = portal.Services.GetRequiredService<StartRenewal>();
        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            // Each with a token of its own, so that none may take over from another.
            var token = FakeAgent.Token with { SerialNumber = $"S{i}" };
            try
            {
                return (Command: await start.StartAsync(new RenewalWish($"session-{i}", certificate, token, []), Cancel), Problem: null);
            }
            catch (ProblemException e)
            {
                return (Command: (RenewCommand?)null, Problem: (Problem?)e.Problem);
            }
        }));
        Assert.Single(tries, t => t.Command is not null);
        Assert.All(tries.Where(t => t.Problem is not null), t => Assert.Equal(3006, t.Problem!.Number));
        Assert.Matches(@"^2026-11-24T09:\d\d:\d\d\+08:00$", tries.First(t => t.Problem is not null).Problem!.Arguments[0]);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(1, await db.Renewals.CountAsync(Cancel));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_renewal_is_gone_on_with_by_its_own_session_by_its_pending_key_or_by_its_token(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var certificate = await RegisterAsync(portal);
        var start = portal.Services.GetRequiredService<StartRenewal>();
        var first = await start.StartAsync(new RenewalWish("one", certificate, FakeAgent.Token, []), Cancel);
        var other = FakeAgent.Token with { SerialNumber = "20C7" };

        Assert.Equal(first.RenewalId, (await start.StartAsync(new RenewalWish("one", certificate, other, []), Cancel)).RenewalId);
        Assert.Equal(first.RenewalId, (await start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, []), Cancel)).RenewalId);
        Assert.Equal(first.RenewalId, (await start.StartAsync(new RenewalWish("three", certificate, other, [first.RenewalId]), Cancel)).RenewalId);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => start.StartAsync(new RenewalWish("four", certificate, other, []), Cancel));
        Assert.Equal(3006, refusal.Problem.Number);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_session_at_work_is_not_robbed_of_its_renewal_by_another_of_the_same_token(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var certificate = await RegisterAsync(portal);
        var start = portal.Services.GetRequiredService<StartRenewal>();
        using var browser = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await start.StartAsync(new RenewalWish(browser.Session.SessionId, certificate, FakeAgent.Token, []), Cancel);
        await Assert.ThrowsAsync<ProblemException>(() => start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, []), Cancel));
        portal.Time.Jump(RenewalCases.Silence + TimeSpan.FromSeconds(1));
        await start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, []), Cancel);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task The_outcome_is_recorded_once_however_often_it_is_told(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var certificate = await RegisterAsync(portal);
        var command = await portal.Services.GetRequiredService<StartRenewal>().StartAsync(new RenewalWish("one", certificate, FakeAgent.Token, []), Cancel);
        var renewalId = Convert.FromHexString(command.RenewalId);
        var renewed = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"));
        for (var i = 0; i < 2; i++)
        {
            await portal.Outcome.IssuedAsync(renewalId, [renewed], Cancel);
        }

        for (var i = 0; i < 2; i++)
        {
            await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        }

        await portal.Outcome.EndedAsync(renewalId, CertificateFacts.Read(renewed)!.Sha256, Cancel); // too late: it is confirmed
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(RenewalState.Confirmed, (await db.Renewals.SingleAsync(Cancel)).State);
        Assert.Equal(CertificateState.Superseded, (await db.Certificates.SingleAsync(c => c.Sha256 == certificate.Sha256, Cancel)).State);
        Assert.Equal(CertificateState.Active, (await db.Certificates.SingleAsync(c => c.Sha256 != certificate.Sha256, Cancel)).State);
        Assert.Equal(Rekey.Ra.Notices.NoticeKind.Renewed, (await db.Outbox.SingleAsync(Cancel)).Kind);

        var start = portal.Services.GetRequiredService<StartRenewal>();
        var again = await Assert.ThrowsAsync<ProblemException>(() => start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, []), Cancel));
        Assert.Equal(Problems.AlreadyRenewed(CertificateFacts.Read(renewed)!.Serial), again.Problem);
        // A key that was left on the token after the confirmation may still be finished.
        await start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, [command.RenewalId]), Cancel);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task After_an_end_a_new_renewal_can_begin_and_after_expiry_the_holder_is_told(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var der = portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2021-01-01"), DemoPki.Day("2026-10-09"));
        await portal.RegisterAsync(der);
        var certificate = CertificateFacts.Read(der)!;
        var start = portal.Services.GetRequiredService<StartRenewal>();
        var first = await start.StartAsync(new RenewalWish("one", certificate, FakeAgent.Token, []), Cancel);
        var unconfirmed = portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-11-24"));
        await portal.Outcome.IssuedAsync(Convert.FromHexString(first.RenewalId), [unconfirmed], Cancel);
        await portal.Outcome.EndedAsync(Convert.FromHexString(first.RenewalId), CertificateFacts.Read(unconfirmed)!.Sha256, Cancel);
        var second = await start.StartAsync(new RenewalWish("two", certificate, FakeAgent.Token, []), Cancel);
        Assert.NotEqual(first.RenewalId, second.RenewalId);

        var renewalId = Convert.FromHexString(second.RenewalId);
        await portal.Outcome.IssuedAsync(renewalId, [portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-11-24"))], Cancel);
        await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(Rekey.Ra.Notices.NoticeKind.RenewedAfterExpiry, (await db.Outbox.SingleAsync(Cancel)).Kind);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task The_holders_present_data_win_over_the_old_subject(StoreEngine engine)
    {
        await using var portal = await StartAsync(engine);
        var der = portal.Pki.Issue("云泽市卫生局", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        var current = CertificateFacts.Read(portal.Pki.Issue("云泽市卫生健康委员会", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")))!.Subject;
        await portal.RegisterAsync(der, subscriber: s => s.Subject = current);
        var start = portal.Services.GetRequiredService<StartRenewal>();
        var command = await start.StartAsync(new RenewalWish("one", CertificateFacts.Read(der)!, FakeAgent.Token, []), Cancel);
        Assert.Equal(current, Convert.FromBase64String(command.Subject));
    }

    private static async Task<CertificateFacts> RegisterAsync(PortalHost portal)
    {
        var der = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await portal.RegisterAsync(der);
        return CertificateFacts.Read(der)!;
    }

    private static Task<PortalHost> StartAsync(StoreEngine engine) =>
        PortalHost.StartAsync(store: engine == StoreEngine.Postgres ? PrivatePostgres.NewDatabase() : null);
}
