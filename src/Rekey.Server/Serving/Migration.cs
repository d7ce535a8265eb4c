using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Store;
using Rekey.Ra.Store;

namespace Rekey.Server.Serving;

/// <summary>The schemas of all stores of a host.</summary>
internal static class Migration
{
    /// <summary>Brings every store to this version's schema.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken cancel)
    {
        foreach (var db in Stores(services))
        {
            await using (db)
            {
                await db.Database.MigrateAsync(cancel);
            }
        }
    }

    /// <summary>Refuses to start on a schema that is too old or too new.</summary>
    /// <exception cref="ConfigurationException">Says which, and what to do.</exception>
    public static async Task RequireCurrentAsync(IServiceProvider services, CancellationToken cancel)
    {
        foreach (var db in Stores(services))
        {
            await using (db)
            {
                var applied = await db.Database.GetAppliedMigrationsAsync(cancel);
                if (applied.Except(db.Database.GetMigrations()).FirstOrDefault() is { } newer)
                {
                    throw new ConfigurationException($"the store was made by a newer version (it has {newer}): install that version, or restore the backup from before");
                }

                if ((await db.Database.GetPendingMigrationsAsync(cancel)).FirstOrDefault() is { } missing)
                {
                    throw new ConfigurationException($"the store is of an older version (it lacks {missing}): make a backup, then run rekey migrate");
                }
            }
        }
    }

    private static IEnumerable<DbContext> Stores(IServiceProvider services)
    {
        if (services.GetService<IDbContextFactory<RaDbContext>>() is { } ra)
        {
            yield return ra.CreateDbContext();
        }

        if (services.GetService<IDbContextFactory<CaDbContext>>() is { } ca)
        {
            yield return ca.CreateDbContext();
        }
    }
}
