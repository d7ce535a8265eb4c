using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Store;
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

        return services.BuildServiceProvider();
    }

    /// <summary>Brings every store to this version's schema.</summary>
    public static Task MigrateAsync(IServiceProvider services, CancellationToken cancel) =>
        EachAsync(services, db => StoreSchema.MigrateAsync(db, cancel));

    /// <summary>Refuses to start on a schema that is too old or too new.</summary>
    /// <exception cref="StoreSchemaException">Says which, and what to do.</exception>
    public static Task RequireCurrentAsync(IServiceProvider services, CancellationToken cancel) =>
        EachAsync(services, db => StoreSchema.DemandCurrentAsync(db, cancel));

    private static async Task EachAsync(IServiceProvider services, Func<AuthorityDbContext, Task> act)
    {
        AuthorityDbContext?[] stores =
        [
            services.GetService<IDbContextFactory<RaDbContext>>()?.CreateDbContext(),
            services.GetService<IDbContextFactory<CaDbContext>>()?.CreateDbContext(),
        ];
        foreach (var db in stores.OfType<AuthorityDbContext>())
        {
            await using (db)
            {
                await act(db);
            }
        }
    }
}
