using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Rekey.Store;

/// <summary>
/// What the store of every authority has in common. An authority has one model and two thin derived contexts, one per database
/// engine, because EF keeps one set of migrations per context type.
/// </summary>
public abstract class AuthorityDbContext : DbContext
{
    /// <summary>Makes the context.</summary>
    /// <param name="options">Engine and connection.</param>
    protected AuthorityDbContext(DbContextOptions options)
        : base(options)
    {
        // A transaction that fails is undone as a whole; a savepoint at each save would cost two more statements.
        Database.AutoSavepointsEnabled = false;
    }

    /// <summary>The authority's schema (PostgreSQL), for example <c>ca</c>; SQLite has a file of its own instead.</summary>
    protected abstract string Schema { get; }

    /// <summary>A table's name for SQL text; PostgreSQL wants its schema before it.</summary>
    protected internal string Qualified(string table) => Database.IsNpgsql() ? $"{Schema}.{table}" : table;

    /// <summary>Takes a named lock until the transaction ends, if nobody has it. In SQLite the transaction itself is the lock.</summary>
    public async Task<bool> TryLockAsync(string name, CancellationToken ct) => !Database.IsNpgsql()
        || await Database.SqlQuery<bool>($"select pg_try_advisory_xact_lock(hashtext({Schema + "." + name})) as \"Value\"").SingleAsync(ct);

    /// <summary>Waits for a named lock and holds it until the transaction ends. In SQLite the transaction itself is the lock.</summary>
    public async Task LockAsync(string name, CancellationToken ct)
    {
        if (Database.IsNpgsql())
        {
            await Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext({Schema + "." + name}))", ct);
        }
    }

    /// <summary>An instant as a parameter of raw SQL, which knows nothing of converters.</summary>
    protected internal object Parameter(DateTimeOffset instant) => Database.IsNpgsql() ? instant.ToUniversalTime() : UtcMicroseconds.Of(instant);

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        if (Database.IsSqlite())
        {
            // SQLite has no instant type, and EF cannot order by its text form; microseconds are PostgreSQL's precision too.
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMicroseconds>();
        }
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        if (Database.IsNpgsql())
        {
            modelBuilder.HasDefaultSchema(Schema);
        }
    }

    private sealed class UtcMicroseconds() : ValueConverter<DateTimeOffset, long>(
        t => Of(t),
        l => DateTimeOffset.UnixEpoch.AddTicks(l * TimeSpan.TicksPerMicrosecond))
    {
        public static long Of(DateTimeOffset t) => (t.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
    }
}
