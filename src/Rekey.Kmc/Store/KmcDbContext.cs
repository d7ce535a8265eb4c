using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Master;
using Rekey.Kmc.Recovery;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Jobs;

namespace Rekey.Kmc.Store;

/// <summary>The key-management centre's store: encryption keys under the master, what was handed out, and recoveries.</summary>
[AuthoritySchema("kmc")]
public abstract class KmcDbContext(DbContextOptions options) : AuthorityDbContext(options)
{
    /// <summary>Encryption keys.</summary>
    public DbSet<EncryptionKey> Keys => Set<EncryptionKey>();

    /// <summary>The CA's orders.</summary>
    public DbSet<OrderRecord> Orders => Set<OrderRecord>();

    /// <summary>Envelopes that left the centre for an order.</summary>
    public DbSet<HandOutRecord> HandOuts => Set<HandOutRecord>();

    /// <summary>Versions of the master.</summary>
    public DbSet<MasterRecord> Masters => Set<MasterRecord>();

    /// <summary>Recoveries that were carried out.</summary>
    public DbSet<RecoveryRecord> Recoveries => Set<RecoveryRecord>();

    /// <inheritdoc/>
    protected override string Schema => "kmc";

    /// <summary>
    /// Claims the oldest spare key of a kind for the transaction that asks: no other gets it. PostgreSQL passes over what others are
    /// claiming; in SQLite the transaction is alone anyway.
    /// </summary>
    /// <returns>Its row number; null when there is none.</returns>
    internal async Task<long?> ClaimSpareAsync(string kind, CancellationToken ct)
    {
        var select = string.Concat(
            "select id from ", Qualified("encryption_keys"), " where state = 'Spare' and kind = {0} order by id limit 1",
            Database.IsNpgsql() ? " for update skip locked" : "");
        return await Database.SqlQueryRaw<long>(select, kind).ToListAsync(ct) is [var id] ? id : null;
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(KmcDbContext).Assembly);
        modelBuilder.AddAudit();
        modelBuilder.AddJobs();
    }
}

/// <summary>The key-management centre's store in an SQLite file.</summary>
public sealed class KmcSqliteDbContext(DbContextOptions<KmcSqliteDbContext> options) : KmcDbContext(options);

/// <summary>The key-management centre's store in PostgreSQL.</summary>
public sealed class KmcPostgresDbContext(DbContextOptions<KmcPostgresDbContext> options) : KmcDbContext(options);
