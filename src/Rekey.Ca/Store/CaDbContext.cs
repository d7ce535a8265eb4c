using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Authorisations;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Jobs;

namespace Rekey.Ca.Store;

/// <summary>The CA's store: certificates and how they stand, CRLs, the events that others follow.</summary>
[AuthoritySchema("ca")]
public abstract class CaDbContext(DbContextOptions options) : AuthorityDbContext(options)
{
    /// <summary>CAs, own and foreign.</summary>
    public DbSet<IssuerRecord> Issuers => Set<IssuerRecord>();

    /// <summary>Chains of renewals.</summary>
    public DbSet<ChainRecord> Chains => Set<ChainRecord>();

    /// <summary>Certificates.</summary>
    public DbSet<CertificateRecord> Certificates => Set<CertificateRecord>();

    /// <summary>CRLs.</summary>
    public DbSet<CrlRecord> Crls => Set<CrlRecord>();

    /// <summary>Events.</summary>
    public DbSet<EventRecord> Events => Set<EventRecord>();

    /// <summary>CMP transactions that asked for a certificate.</summary>
    public DbSet<CmpTransaction> CmpTransactions => Set<CmpTransaction>();

    /// <summary>Download authorisations that were met.</summary>
    public DbSet<AuthorisationRecord> Authorisations => Set<AuthorisationRecord>();

    /// <inheritdoc/>
    protected override string Schema => "ca";

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(CaDbContext).Assembly);
        modelBuilder.AddAudit();
        modelBuilder.AddJobs();
    }
}

/// <summary>The CA's store in an SQLite file.</summary>
public sealed class CaSqliteDbContext(DbContextOptions<CaSqliteDbContext> options) : CaDbContext(options);

/// <summary>The CA's store in PostgreSQL.</summary>
public sealed class CaPostgresDbContext(DbContextOptions<CaPostgresDbContext> options) : CaDbContext(options);
