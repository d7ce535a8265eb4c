using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Rekey.Kmc.Master;
using Rekey.Kmc.Store;
using Rekey.Store.Schema;

namespace Rekey.Kmc;

/// <summary>Before anything else: the store has this program's schema (a new SQLite file gets it), and the master at hand is the store's.</summary>
internal sealed class KmcStartup(IDbContextFactory<KmcDbContext> store, OpenMaster master) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var db = await store.CreateDbContextAsync(cancellationToken))
        {
            await StoreSchema.OpenAsync(db, cancellationToken);
        }

        await master.RunAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
