using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Renewal;
using Rekey.Store;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>A CA becomes known to the RA with the first certificate that it issued.</summary>
public sealed class IssuerRowTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Many_who_meet_a_new_CA_at_once_get_one_and_the_same_row(StoreEngine engine)
    {
        await using var portal = await PortalHost.StartAsync(store: engine == StoreEngine.Postgres ? PrivatePostgres.NewDatabase() : null);
        var certificate = CertificateFacts.Read(portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")))!;
        using var all = new Barrier(8);
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var db = await portal.DatabaseAsync();
            await db.Database.OpenConnectionAsync(Cancel);
            all.SignalAndWait(Cancel);
            return await db.IssuerIdAsync(certificate, Cancel);
        }, Cancel)));
        Assert.Single(ids.Distinct());
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(certificate.IssuerName, (await db.Issuers.SingleAsync(i => i.Id == ids[0], Cancel)).DisplayName);
    }
}
