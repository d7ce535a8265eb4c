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
            if (db.Database.IsSqlite() && !(await db.Database.GetAppliedMigrationsAsync(cancellationToken)).Any())
            {
                await StoreSchema.MigrateAsync(db, cancellationToken); // embedded use: no separate step for a file that is new
            }

            await StoreSchema.DemandCurrentAsync(db, cancellationToken);
        }

        await master.RunAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
