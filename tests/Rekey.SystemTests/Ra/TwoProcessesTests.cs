using System.Diagnostics;
using Rekey.Contract.Bridge;
using Rekey.Ra.Renewal;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>Page, agent and CMP front each at a server of their own, with nothing in common but the database.</summary>
public sealed class TwoProcessesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_and_agent_meet_though_they_talk_to_different_servers()
    {
        var store = PrivatePostgres.NewDatabase();
        await using var pages = await PortalHost.StartAsync(store: store);
        await using var agents = await PortalHost.StartAsync(store: store);
        var der = pages.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await pages.RegisterAsync(der);

        using var browser = await FakeBrowser.WithSessionAsync(pages.Address);
        var ticket = LaunchAddress.Parse(browser.Session.LaunchUri)!.Ticket;
        using var agent = await FakeAgent.AttachAsync(new LaunchAddress(agents.Address, ticket).ToString());
        await browser.EventAsync<AttachedEvent>();
        await agent.ListAsync(der);
        await browser.EventAsync<CertificatesEvent>();
        using var select = await browser.SelectAsync(CertificateFacts.Read(der)!.Sha256Hex);
        await agent.PassPreflightAsync();
        await browser.EventAsync<ReadyEvent>();
        var waiting = agent.CommandAsync<RenewCommand>();
        var clock = Stopwatch.StartNew();
        using var start = await browser.ActAsync("start");
        var command = await waiting;
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5)); // a quarter of a second and a loaded machine, not a poll of 25

        await agent.StepAsync(AgentStep.KeyReady);
        var renewalId = Convert.FromHexString(command.RenewalId);
        await agents.Outcome.IssuedAsync(renewalId, [pages.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"))], Cancel);
        await agent.StepAsync(AgentStep.Verified);
        await Task.WhenAll(agents.Outcome.ConfirmedAsync(renewalId, Cancel), agent.StepAsync(AgentStep.Retired));
        await browser.EventAsync<DoneEvent>();
    }
}
