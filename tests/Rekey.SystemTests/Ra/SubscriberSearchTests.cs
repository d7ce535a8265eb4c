using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Subscribers;
using Rekey.Testing;
using Rekey.Testing.Faults;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>The search on PostgreSQL, which has other indexes and other plans.</summary>
public sealed class SubscriberSearchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_rare_and_what_is_common_are_found_alike_in_every_order_filter_and_scope()
    {
        await using var portal = await PortalHost.StartAsync(store: PrivatePostgres.NewDatabase());
        var crowd = await SubscriberCrowd.RegisterAsync(portal, 300);
        Assert.Empty(await crowd.CompareAsync(portal, [0, 2, 20, 60, 1000], Cancel));
        await using var db = await portal.DatabaseAsync();
        Assert.Empty(await StoreInvariants.SearchAsync(db));
    }

    [Fact]
    public async Task Certificates_of_one_subscriber_that_change_at_once_leave_its_expiry_right()
    {
        await using var portal = await PortalHost.StartAsync(store: PrivatePostgres.NewDatabase());
        var first = await portal.RegisterAsync(portal.Pki.Issue("北岗区档案馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
        var ids = new List<long> { first.Id };
        for (var i = 1; i < 6; i++)
        {
            ids.Add(await AddAsync(portal, first, i));
        }

        for (var round = 0; round < 20; round++)
        {
            var state = round % 2 == 0 ? CertificateState.Revoked : CertificateState.Active;
            await Task.WhenAll(ids.Select(id => Task.Run(() => SetAsync(portal, id, state), Cancel)));
            await using var db = await portal.DatabaseAsync();
            Assert.Empty(await StoreInvariants.SearchAsync(db));
        }
    }

    private static async Task<long> AddAsync(PortalHost portal, RegisteredCertificate like, int years)
    {
        await using var db = await portal.DatabaseAsync();
        var certificate = new RegisteredCertificate
        {
            Sha256 = [(byte)years],
            Der = [1],
            IssuerId = like.IssuerId,
            Serial = $"{years:X2}",
            SpkiSha256 = [1],
            NotBefore = like.NotBefore,
            NotAfter = like.NotAfter.AddYears(years),
            SubscriberId = like.SubscriberId,
            Profile = "default",
            State = CertificateState.Active,
        };
        db.Certificates.Add(certificate);
        await db.SaveChangesAsync(Cancel);
        return certificate.Id;
    }

    private static async Task SetAsync(PortalHost portal, long id, CertificateState state)
    {
        await using var db = await portal.DatabaseAsync();
        await db.Certificates.Where(c => c.Id == id).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, state), Cancel);
    }
}
