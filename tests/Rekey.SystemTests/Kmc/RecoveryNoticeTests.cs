using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Ca.Upstream;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Ra.Cmp;
using Rekey.Ra.Notices;
using Rekey.Ra.Store;
using Rekey.Store.Audit;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Kmc;

/// <summary>Word of a recovery on its way from the key-management centre, which knows no addresses, through the CA's events to the RA, which does.</summary>
public sealed class RecoveryNoticeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_holder_of_a_recovered_key_is_told_once_however_often_the_CA_asks()
    {
        await using var site = await FaultSite.StartAsync(encryption: AlgorithmSuite.P256);
        await using var rig = await HolderRig.EnrolAsync(site);
        Assert.Null(await rig.RunAsync(Cancel));
        byte[][] orders = [RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16)];
        foreach (var order in orders)
        {
            await RecoveredAsync(site, order);
            await Task.WhenAll(HearAsync(site), HearAsync(site)); // as two processes of the CA may
            await HearAsync(site);
        }

        await site.Services.GetRequiredService<CaFollower>().CatchUpAsync(Cancel);

        await using var ra = await site.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        var notices = await ra.Outbox.Where(n => n.Kind == NoticeKind.KeyRecovered).OrderBy(n => n.Id).ToListAsync(Cancel);
        Assert.Equal(orders.Select(Convert.ToHexStringLower), notices.Select(n => n.Reference));
        var certificate = await ra.Certificates.Include(c => c.Subscriber).SingleAsync(c => c.Id == notices[0].CertificateId, Cancel);
        Assert.Equal(rig.Holder, certificate.Subscriber.StableId);
        Assert.NotNull(certificate.PairOfId);
        await using var kmc = await site.Services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(0, await kmc.Recoveries.CountAsync(r => r.ToldAt == null, Cancel));
        await using var ca = await site.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(2, await ca.Set<AuditEntryRow>().CountAsync(e => e.Kind == "key.recovered", Cancel));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }

    private static async Task HearAsync(FaultSite site)
    {
        try
        {
            await site.Services.GetRequiredService<HearRecoveries>().RunAsync(Cancel);
        }
        catch (DbUpdateException)
        {
            // The other one wrote the event in this moment; the job asks again.
        }
    }

    // What RecoverKey records for an order that two officers signed.
    private static async Task RecoveredAsync(FaultSite site, byte[] order)
    {
        await using var kmc = await site.Services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
        kmc.Add(new RecoveryRecord
        {
            OrderId = order,
            OrderSha256 = new byte[32],
            Kind = RecoveryKind.Holder,
            Key = await kmc.Keys.SingleAsync(k => k.SubscriberId != null, Cancel),
            Form = KeyEnvelopeForm.EnvelopedData,
            Envelope = [0x30, 0],
            At = site.Time.GetUtcNow(),
        });
        await kmc.SaveChangesAsync(Cancel);
    }
}
