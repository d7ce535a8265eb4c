using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rekey.Store.Schema;

/// <summary>The database does not have the schema that this program needs. The message tells the administrator what to do.</summary>
public sealed class StoreSchemaException(string message) : Exception(message);

/// <summary>Keeps a store's schema and the program in step.</summary>
public static class StoreSchema
{
    /// <summary>Brings the schema up to this program's. Forward only; a schema newer than the program is refused.</summary>
    /// <returns>Names of the steps that were made.</returns>
    /// <exception cref="StoreSchemaException">The schema is newer.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(AuthorityDbContext db, CancellationToken ct)
    {
        var applied = await AppliedAsync(db, ct);
        RefuseNewer(db, applied);
        // The migrator asks for the list before it makes it.
        await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(ct);
        await db.Database.MigrateAsync(ct);
        return [.. db.Database.GetMigrations().Except(applied)];
    }

    /// <summary>At a service's start: a new SQLite file gets the schema, every other store must have it.</summary>
    /// <exception cref="StoreSchemaException">As for <see cref="DemandCurrentAsync"/>.</exception>
    public static async Task OpenAsync(AuthorityDbContext db, CancellationToken ct)
    {
        if (db.Database.IsSqlite() && !(await db.Database.GetAppliedMigrationsAsync(ct)).Any())
        {
            await MigrateAsync(db, ct); // embedded use: no separate step for a file that is new
        }

        await DemandCurrentAsync(db, ct);
    }

    /// <summary>Makes sure at start that the schema is exactly this program's.</summary>
    /// <exception cref="StoreSchemaException">Too old (or no schema at all), or too new.</exception>
    public static async Task DemandCurrentAsync(AuthorityDbContext db, CancellationToken ct)
    {
        var applied = await AppliedAsync(db, ct);
        RefuseNewer(db, applied);
        var pending = db.Database.GetMigrations().Except(applied).ToList();
        if (pending.Count > 0)
        {
            throw new StoreSchemaException(
                $"the database ({Name(db)}) is {pending.Count} steps older than this program, from {pending[0]} on; back it up, then run: rekey migrate");
        }
    }

    // A new database has no list of steps. Asking PostgreSQL for it all the same works, but is logged as an error that nobody need see.
    private static async Task<IReadOnlyList<string>> AppliedAsync(AuthorityDbContext db, CancellationToken ct)
    {
        var list = db.Qualified("\"__EFMigrationsHistory\"");
        return db.Database.IsNpgsql() && await db.Database.SqlQuery<bool>($"select to_regclass({list}) is null as \"Value\"").SingleAsync(ct)
            ? []
            : [.. await db.Database.GetAppliedMigrationsAsync(ct)];
    }

    private static void RefuseNewer(AuthorityDbContext db, IReadOnlyList<string> applied)
    {
        if (applied.Except(db.Database.GetMigrations()).FirstOrDefault() is { } newer)
        {
            throw new StoreSchemaException(
                $"the database ({Name(db)}) was made by a newer program (it has {newer}, which this one does not know); install that program, or restore a backup of before its upgrade");
        }
    }

    // Neither path nor password: the message goes to logs.
    private static string Name(AuthorityDbContext db) => Path.GetFileName(db.Database.GetDbConnection().Database is { Length: > 0 } name && db.Database.IsNpgsql()
        ? name
        : db.Database.GetDbConnection().DataSource);
}
