using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Download;
using Rekey.Ra.Lists;
using Rekey.Ra.Notices;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Operators;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Store;

/// <summary>
/// What the registration authority knows: people and their certificates, renewals under way, and the meetings of pages and agents.
/// </summary>
[AuthoritySchema("ra")]
public abstract class RaDbContext(DbContextOptions options) : AuthorityDbContext(options), IDataProtectionKeyContext
{
    /// <summary>Keys of cookies and forms, shared by all processes of the portal.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <inheritdoc/>
    protected override string Schema => "ra";

    internal DbSet<Subscriber> Subscribers => Set<Subscriber>();

    internal DbSet<SubscriberChange> SubscriberChanges => Set<SubscriberChange>();

    internal DbSet<SubscriberImport> SubscriberImports => Set<SubscriberImport>();

    internal DbSet<SubscriberUpload> SubscriberUploads => Set<SubscriberUpload>();

    internal DbSet<SavedFilter> SavedFilters => Set<SavedFilter>();

    internal DbSet<CertificateIssuer> Issuers => Set<CertificateIssuer>();

    internal DbSet<RegisteredCertificate> Certificates => Set<RegisteredCertificate>();

    internal DbSet<TokenModel> TokenModels => Set<TokenModel>();

    internal DbSet<RenewalRecord> Renewals => Set<RenewalRecord>();

    internal DbSet<DownloadRecord> Downloads => Set<DownloadRecord>();

    internal DbSet<DownloadCertificate> DownloadCertificates => Set<DownloadCertificate>();

    internal DbSet<RenewalCertificate> RenewalCertificates => Set<RenewalCertificate>();

    internal DbSet<Cmp.CaCursor> CaCursors => Set<Cmp.CaCursor>();

    internal DbSet<Cmp.CmpReference> CmpReferences => Set<Cmp.CmpReference>();

    internal DbSet<Cmp.WaitingRequest> WaitingRequests => Set<Cmp.WaitingRequest>();

    internal DbSet<Session> Sessions => Set<Session>();

    internal DbSet<LaunchTicket> Tickets => Set<LaunchTicket>();

    internal DbSet<SessionEventRow> SessionEvents => Set<SessionEventRow>();

    internal DbSet<AgentCommandRow> AgentCommands => Set<AgentCommandRow>();

    internal DbSet<OutboxNotice> Outbox => Set<OutboxNotice>();

    internal DbSet<RelyingParty> RelyingParties => Set<RelyingParty>();

    internal DbSet<KeyNeed> KeyNeeds => Set<KeyNeed>();

    internal DbSet<Authorisation> Authorisations => Set<Authorisation>();

    internal DbSet<CodeTries> CodeTries => Set<CodeTries>();

    internal DbSet<Operator> Operators => Set<Operator>();

    internal DbSet<ConsoleSession> ConsoleSessions => Set<ConsoleSession>();

    internal DbSet<LoginChallengeRow> LoginChallenges => Set<LoginChallengeRow>();

    internal DbSet<LoginAttemptRow> LoginAttempts => Set<LoginAttemptRow>();

    /// <summary>The row of the CA that issued a certificate, made when it is the first. Processes may want the same one at once.</summary>
    /// <returns>Its id.</returns>
    internal async Task<long> IssuerIdAsync(CertificateFacts certificate, CancellationToken cancel)
    {
        var known = Issuers.Where(i => i.Name == certificate.Issuer).Select(i => (long?)i.Id);
        if (await known.SingleOrDefaultAsync(cancel) is { } id)
        {
            return id;
        }

        var insert = string.Concat("insert into ", Qualified("issuers"), " (name, display_name, taken_over) values ({0}, {1}, {2}) on conflict do nothing");
        await Database.ExecuteSqlRawAsync(insert, [certificate.Issuer, certificate.IssuerName, false], cancel);
        return (await known.SingleAsync(cancel))!.Value;
    }

    /// <summary>How far the CA's events have been followed.</summary>
    internal async Task<long> CaCursorAsync(CancellationToken cancel)
    {
        var known = CaCursors.Where(c => c.Id == Cmp.CaCursor.Only).Select(c => (long?)c.Seq);
        if (await known.SingleOrDefaultAsync(cancel) is { } seq)
        {
            return seq;
        }

        await Database.ExecuteSqlRawAsync(string.Concat("insert into ", Qualified("ca_cursor"), " (id, seq) values ({0}, 0) on conflict do nothing"), [Cmp.CaCursor.Only], cancel);
        return (await known.SingleAsync(cancel))!.Value;
    }

    /// <summary>Makes the row that counts the tries for a reference number, unless there is one.</summary>
    internal Task CountTriesOfAsync(string reference, DateTimeOffset now, CancellationToken cancel) => Database.ExecuteSqlRawAsync(
        string.Concat("insert into ", Qualified("authorisation_tries"), " (reference, wrong, last_at) values ({0}, 0, {1}) on conflict do nothing"),
        [reference, Parameter(now)],
        cancel);

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(RaDbContext).Assembly);
        modelBuilder.AddAudit();
        modelBuilder.Entity<DataProtectionKey>().ToTable("data_protection_keys");
        if (Database.IsNpgsql())
        {
            SubscriberIndexes.Configure(modelBuilder, Schema);
        }
    }
}

/// <summary>The RA's store in a SQLite file.</summary>
public sealed class RaSqliteDbContext(DbContextOptions<RaSqliteDbContext> options) : RaDbContext(options);

/// <summary>The RA's store in PostgreSQL.</summary>
public sealed class RaPostgresDbContext(DbContextOptions<RaPostgresDbContext> options) : RaDbContext(options);
