using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Store;
using Rekey.Kmc.Store;
using Rekey.Ra.Store;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Store.Schema;

namespace Rekey.Server.Serving;

/// <summary>The schemas of all stores of a host.</summary>
internal static class Migration
{
    /// <summary>Contexts of the stores that a host's settings name; needs no key.</summary>
    public static ServiceProvider Stores(ServerSettings settings)
    {
        var services = new ServiceCollection();
        if (settings.HasRa)
        {
            services.AddAuthorityStore<RaDbContext, RaSqliteDbContext, RaPostgresDbContext>(settings.RaStore);
        }

        if (settings.CaDirectory is { } ca)
        {
            services.AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(CaSettings.Load(ca).Store);
        }

        if (settings.Kmc is { } kmc)
        {
            services.AddAuthorityStore<KmcDbContext, KmcSqliteDbContext, KmcPostgresDbContext>(kmc.Store);
        }

        return services.BuildServiceProvider();
    }

    /// <summary>Brings every store to this version's schema.</summary>
    /// <param name="services">From <see cref="Stores"/>, or a host's.</param>
    /// <param name="told">Gets each store's name and the steps that were made, when they are.</param>
    /// <param name="cancel">Cancels.</param>
    public static Task MigrateAsync(IServiceProvider services, Action<string, IReadOnlyList<string>> told, CancellationToken cancel) =>
        EachAsync(services, async (name, db) => told(name, await StoreSchema.MigrateAsync(db, cancel)));

    /// <summary>Refuses to start on a schema that is too old or too new.</summary>
    /// <exception cref="StoreSchemaException">Says which, and what to do.</exception>
    public static Task RequireCurrentAsync(IServiceProvider services, CancellationToken cancel) =>
        EachAsync(services, (_, db) => StoreSchema.DemandCurrentAsync(db, cancel));

    private static async Task EachAsync(IServiceProvider services, Func<string, AuthorityDbContext, Task> act)
    {
        (string Name, AuthorityDbContext? Db)[] stores =
        [
            ("RA", services.GetService<IDbContextFactory<RaDbContext>>()?.CreateDbContext()),
            ("CA", services.GetService<IDbContextFactory<CaDbContext>>()?.CreateDbContext()),
            ("KMC", services.GetService<IDbContextFactory<KmcDbContext>>()?.CreateDbContext()),
        ];
        foreach (var (name, db) in stores)
        {
            if (db is not null)
            {
                await using (db)
                {
                    await act(name, db);
                }
            }
        }
    }
}
