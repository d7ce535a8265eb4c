using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Testing.Institutions;
using Rekey.Testing.Portal;
using Rekey.Testing.Tokens;
using CaState = Rekey.Ca.Certificates.CertificateState;
using Rekey.Testing;

namespace Rekey.SystemTests.Ra;

/// <summary>Page, agent and CMP each at a server process of its own, with nothing in common but the database and the CA.</summary>
public sealed class TwoProcessesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_agent_and_CMP_meet_though_each_talks_to_another_process()
    {
        var origin = new Uri($"http://localhost:{Ports.Free()}");
        Uri[] more = [new($"http://localhost:{Ports.Free()}"), new($"http://localhost:{Ports.Free()}")];
        await using var site = await ProcessInstitution.StartAsync(p => p with
        {
            Topology = Topology.Split,
            Postgres = true,
            PublicOrigin = origin,
            MoreRaHosts = more,
            Tokens = [new("Yunze 1", "云泽市第一人民医院", "YZ7001", 30, AlgorithmSuite.P256)],
        });
        await using var router = await PathRouter.StartAsync(origin, ("/CaUpdate", site.Institution.Plan.Portal), ("/agent", more[0]), ("/cmp", more[1]));
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = new AgentProcess(site.Institution.Tokens, pinentry, await File.ReadAllTextAsync(site.Institution.RootFile, Cancel), origin.GetLeftPart(UriPartial.Authority));
        using var browser = await FakeBrowser.WithSessionAsync(origin.ToString());

        var process = agent.Launch(browser.Session.LaunchUri);
        var listed = await browser.EventAsync<CertificatesEvent>();
        var old = CertificateFacts.Read(Convert.FromBase64String(Assert.Single(listed.Certificates).Der))!;
        using var select = await browser.SelectAsync(old.Sha256Hex);
        await browser.EventAsync<ReadyEvent>();
        using var start = await browser.ActAsync("start");
        await browser.EventAsync<DoneEvent>();
        var (exitCode, _, errors) = await AgentProcess.EndAsync(process);

        Assert.True(exitCode == 0, errors);
        Assert.Equal(3, router.Forwarded.Select(f => f.Server).Distinct().Count());
        Assert.True(router.Forwarded.Count(f => f.Server == more[1]) >= 2); // kur and certConf
        await using var ca = await site.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);
        var renewed = await ca.Certificates.SingleAsync(c => c.SubscriberId == "YZ7001" && c.RenewedFromId != null, Cancel);
        Assert.Equal(CaState.Confirmed, renewed.State);
        await using var ra = await site.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(RenewalState.Confirmed, await ra.Renewals.Select(r => r.State).SingleAsync(Cancel));
        using var module = site.Institution.Tokens.Module();
        using var token = SoftHsm.LogIn(module);
        Assert.Equal(renewed.Der, Assert.Single(token.ListPairs()).Certificate);
    }
}
