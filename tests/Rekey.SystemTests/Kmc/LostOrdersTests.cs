using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Issuance;
using Rekey.Ca.Store;
using Rekey.Ca.Upstream;
using Rekey.Contract.Upstream;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Store.Audit;
using Rekey.Testing.Institutions;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

/// <summary>Orders that are open at the centre although nothing comes of them any more.</summary>
public sealed class LostOrdersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_CA_never_committed_ends_when_its_decision_is_too_old_and_everything_else_stays()
    {
        await using var running = await RunningInstitution.StartAsync(p => p with { EncryptionKeys = AlgorithmSuite.P256 });
        using var transport = RSA.Create(2048);
        using var http = new HttpClient();
        var lost = await OrderAsync(running, transport, 47);
        var young = await OrderAsync(running, transport, 44);
        var doubtful = await OrderAsync(running, transport, 45.5); // a request may just have been let in
        var alive = await SoftwarePair.EnrolAsync(running, "YZ8201", transport);
        await alive.Renewal.RequestAsync(http, alive.Address, Cancel);
        var told = await SoftwarePair.EnrolAsync(running, "YZ8202", transport);
        await told.Renewal.RunAsync(http, told.Address, Cancel);
        await StandsAsync(running, Key(told), OrderState.Confirmed, KeyState.InUse);
        await MakeOldAndOpenAsync(running, Key(alive), Key(told)); // the second as in a backup from before it was confirmed

        Assert.Equal(1, await running.Services.GetRequiredService<EndLostOrders>().RunAsync(Cancel));
        Assert.Equal(0, await running.Services.GetRequiredService<EndLostOrders>().RunAsync(Cancel));

        await StandsAsync(running, lost, OrderState.Ended, KeyState.Destroyed);
        await StandsAsync(running, young, OrderState.Open, KeyState.InUse);
        await StandsAsync(running, doubtful, OrderState.Open, KeyState.InUse);
        await StandsAsync(running, Key(alive), OrderState.Open, KeyState.InUse);
        await StandsAsync(running, Key(told), OrderState.Confirmed, KeyState.InUse); // it was told again
        Assert.Equal(1, await AuditedAsync<CaDbContext>(running, "kmc-order.lost"));
        Assert.Equal(1, await AuditedAsync<KmcDbContext>(running, "key.destroyed"));
    }

    private static byte[] Key(SoftwarePair pair) => Certificate.FromDer(pair.Renewal.EncryptionHalf!.Der).Spki.ToArray();

    // The CA orders, and dies before it commits.
    private static async Task<byte[]> OrderAsync(RunningInstitution running, RSA transport, double daysAgo)
    {
        var (ca, time) = (running.Services.GetRequiredService<CaIdentity>(), running.Institution.Plan.Time);
        var centre = running.Services.GetRequiredService<Rekey.Ca.Issuers.CertificationAuthority>().Kmc!;
        var holder = new TestHolder(new TestPki());
        var order = holder.Order(AlgorithmSuite.P256) with { DecidedAt = time.GetUtcNow().AddDays(-daysAgo) };
        var question = order.Wrap(holder.Request(HandOutTests.Public(transport), AlgorithmSuite.P256), centre.Certificate.Subject.Encoded.ToArray(), ca.Signer, time.GetUtcNow());
        var answer = await running.Services.GetRequiredService<IKmcUpstream>().ExchangeAsync(question, Cancel);
        return HandedOutKey.Read(CmpMessage.Parse(answer), centre, CmpMessage.Parse(question), time.GetUtcNow()).Spki;
    }

    private static async Task MakeOldAndOpenAsync(RunningInstitution running, params byte[][] keys)
    {
        await using var db = await running.Services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
        var old = running.Institution.Plan.Time.GetUtcNow().AddDays(-300);
        foreach (var spki in keys)
        {
            await db.Orders.Where(o => o.Key.Spki == spki).ExecuteUpdateAsync(
                u => u.SetProperty(o => o.DecidedAt, old).SetProperty(o => o.State, OrderState.Open).SetProperty(o => o.EndedAt, (DateTimeOffset?)null), Cancel);
        }
    }

    private static async Task StandsAsync(RunningInstitution running, byte[] spki, OrderState order, KeyState key)
    {
        for (var look = 0; ; look++)
        {
            await running.Services.GetRequiredService<TellKmc>().RunAsync(Cancel);
            await using var db = await running.Services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
            var found = await db.Orders.Where(o => o.Key.Spki == spki).Select(o => new { o.State, Key = o.Key.State }).SingleAsync(Cancel);
            if ((found.State == order && found.Key == key) || look == 100)
            {
                Assert.Equal((order, key), (found.State, found.Key));
                return;
            }

            await Task.Delay(100, Cancel);
        }
    }

    private static async Task<int> AuditedAsync<T>(RunningInstitution running, string kind)
        where T : DbContext
    {
        await using var db = await running.Services.GetRequiredService<IDbContextFactory<T>>().CreateDbContextAsync(Cancel);
        return await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == kind, Cancel);
    }
}
