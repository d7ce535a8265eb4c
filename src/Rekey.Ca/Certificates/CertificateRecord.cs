using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Certificates;

/// <summary>How a certificate stands. The CA is the truth about this; everyone else follows its events.</summary>
public enum CertificateState
{
    /// <summary>Issued, and its holder has not yet said that it arrived. OCSP says unknown, no CRL names it.</summary>
    Unconfirmed,

    /// <summary>In use.</summary>
    Confirmed,

    /// <summary>On hold: by an operator, or because nobody confirmed it in time.</summary>
    Held,

    /// <summary>Revoked for good.</summary>
    Revoked,

    /// <summary>Its holder refused it (certConf with status rejection), or a newer attempt replaced it before it was confirmed. Counts as revoked.</summary>
    Rejected,
}

/// <summary>A certificate that this CA issued, or one of a taken-over CA that was renewed here.</summary>
public sealed class CertificateRecord
{
    /// <summary>Primary key.</summary>
    public long Id { get; init; }

    /// <summary>Its issuer.</summary>
    public required int IssuerId { get; init; }

    /// <summary>Its issuer.</summary>
    public IssuerRecord Issuer { get; init; } = null!;

    /// <summary>Serial number, upper-case hex (<see cref="Pki.Certificates.Certificate.SerialHex"/>).</summary>
    public required string SerialHex { get; init; }

    /// <summary>DER subject.</summary>
    public required byte[] SubjectDer { get; init; }

    /// <summary>Subject, RFC 4514.</summary>
    public required string Subject { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo.</summary>
    public required byte[] SpkiSha256 { get; init; }

    /// <summary>DER certificate.</summary>
    public required byte[] Der { get; init; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>First second of validity.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Last second of validity.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Name of its profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The stable identifier of its holder.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>
    /// All certificates that follow from one another by renewal have the same chain. Whoever issues, confirms, holds or revokes in a
    /// chain locks its row first (<see cref="ChainLock"/>).
    /// </summary>
    public required Guid ChainId { get; init; }

    /// <summary>16 octets: the renewal that made it; null for a first issue.</summary>
    public byte[]? RenewalId { get; init; }

    /// <summary>The certificate that it renewed.</summary>
    public long? RenewedFromId { get; init; }

    /// <summary>The signing certificate whose encryption half it is; null for every other. Both halves are in one chain and are confirmed as one.</summary>
    public long? PairOfId { get; init; }

    /// <summary>The signing certificate whose encryption half it is.</summary>
    public CertificateRecord? PairOf { get; init; }

    /// <summary>The order to the key-management centre that brought an encryption half's key: 16 octets; null for every other.</summary>
    public byte[]? KmcOrderId { get; init; }

    /// <summary>What the key-management centre was told last of the order of an encryption half's key; null: nothing yet.</summary>
    public KeyOrderEnd? KmcTold { get; set; }

    /// <summary>How it stands.</summary>
    public required CertificateState State { get; set; }

    /// <summary>When it was signed.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Until when its holder can confirm it.</summary>
    public DateTimeOffset? ConfirmBy { get; set; }

    /// <summary>When its holder confirmed it.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>Since when it is on hold.</summary>
    public DateTimeOffset? HeldAt { get; set; }

    /// <summary>Since when it is revoked.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Why it is revoked or held (CRLReason).</summary>
    public RevocationReason? Reason { get; set; }

    /// <summary>Since when the key is not to be trusted, as far as known (RFC 5280 section 5.3.2).</summary>
    public DateTimeOffset? InvalidityDate { get; set; }

    /// <summary>The record of a certificate; what is not asked for here stands in the certificate itself.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuerId">Its issuer's row.</param>
    /// <param name="profile">Name of its profile.</param>
    /// <param name="subscriberId">The stable identifier of its holder.</param>
    /// <param name="chain">Its chain.</param>
    /// <param name="state">How it stands; the times that belong to the state are the caller's to set.</param>
    /// <param name="issuedAt">When it was signed.</param>
    /// <param name="renewal">The renewal that made it; null for none.</param>
    /// <param name="renewedFrom">The row of the certificate that it renewed; null for none.</param>
    /// <param name="pairOf">The row of the signing certificate whose encryption half it is; null for none.</param>
    /// <param name="kmcOrder">The order to the key-management centre that brought its key; null for none.</param>
    internal static CertificateRecord Of(
        Pki.Certificates.Certificate certificate, int issuerId, string profile, string subscriberId, Guid chain, CertificateState state, DateTimeOffset issuedAt,
        byte[]? renewal = null, long? renewedFrom = null, long? pairOf = null, byte[]? kmcOrder = null) => new()
        {
            IssuerId = issuerId,
            SerialHex = certificate.SerialHex,
            SubjectDer = certificate.Subject.Encoded.ToArray(),
            Subject = certificate.Subject.ToString(),
            SpkiSha256 = certificate.PublicKey.Sha256,
            Der = certificate.Encoded.ToArray(),
            Sha256 = certificate.Sha256,
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            Profile = profile,
            SubscriberId = subscriberId,
            ChainId = chain,
            RenewalId = renewal,
            RenewedFromId = renewedFrom,
            PairOfId = pairOf,
            KmcOrderId = kmcOrder,
            State = state,
            IssuedAt = issuedAt,
        };

    /// <summary>The record of a certificate that is in use already, though no transaction here confirmed it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuerId">Its issuer's row.</param>
    /// <param name="profile">Name of its profile.</param>
    /// <param name="subscriberId">The stable identifier of its holder.</param>
    /// <param name="chain">The chain that it begins.</param>
    /// <param name="since">What counts as the time of its issue and confirmation.</param>
    /// <param name="pairOf">The row of the signing certificate whose encryption half it is; null for none.</param>
    internal static CertificateRecord InUse(
        Pki.Certificates.Certificate certificate, int issuerId, string profile, string subscriberId, ChainRecord chain, DateTimeOffset since, long? pairOf = null)
    {
        var record = Of(certificate, issuerId, profile, subscriberId, chain.Id, CertificateState.Confirmed, since, pairOf: pairOf);
        record.ConfirmedAt = since;
        return record;
    }

    /// <summary>On hold by an operator, who may lift it again; a renewal in it has not ended. What a clock put on hold has a time at which it ends.</summary>
    internal bool IsHeldByOperator => State == CertificateState.Held && ConfirmBy is null;
}

/// <summary>The row that acts on a chain lock, so that a revocation and the issue of a successor cannot pass each other unseen.</summary>
public sealed class ChainRecord
{
    /// <summary>Primary key.</summary>
    public required Guid Id { get; init; }

    /// <summary>When its first certificate came here.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class CertificateRecordConfiguration : IEntityTypeConfiguration<CertificateRecord>
{
    public void Configure(EntityTypeBuilder<CertificateRecord> builder)
    {
        builder.ToTable("certificates", t => t.HasCheckConstraint(
            "ck_certificates_times",
            "(state <> 'Confirmed' or confirmed_at is not null) and (state <> 'Held' or held_at is not null) and (state not in ('Revoked', 'Rejected') or revoked_at is not null)"));
        builder.Property(c => c.SerialHex).HasMaxLength(42);
        builder.HasIndex(c => new { c.IssuerId, c.SerialHex }).IsUnique();
        builder.Property(c => c.SubjectDer).HasMaxLength(4096);
        builder.Property(c => c.Subject).HasMaxLength(4096);
        builder.Property(c => c.SpkiSha256).HasMaxLength(32);
        builder.HasIndex(c => c.SpkiSha256);
        builder.Property(c => c.Sha256).HasMaxLength(32);
        builder.HasIndex(c => c.Sha256).IsUnique();
        builder.Property(c => c.Profile).HasMaxLength(63);
        builder.Property(c => c.SubscriberId).HasMaxLength(64);
        builder.HasIndex(c => c.SubscriberId);
        builder.Property(c => c.RenewalId).HasMaxLength(16);
        builder.HasIndex(c => c.RenewalId);
        builder.HasIndex(c => c.ChainId);
        builder.HasIndex(c => c.NotAfter);
        builder.Property(c => c.State).HasConversion<string>().HasMaxLength(12);
        builder.Property(c => c.Reason).HasConversion<string>().HasMaxLength(24);

        // Exactly one renewal of a certificate can be open or confirmed.
        builder.HasIndex(c => c.RenewedFromId).IsUnique().HasDatabaseName("ux_certificates_one_successor")
            .HasFilter("state in ('Unconfirmed', 'Confirmed', 'Held')");

        // A signing certificate has one encryption half at most.
        builder.HasIndex(c => c.PairOfId).IsUnique();
        builder.Property(c => c.KmcOrderId).HasMaxLength(16);
        builder.HasIndex(c => c.KmcOrderId).IsUnique();
        builder.Property(c => c.KmcTold).HasConversion<string>().HasMaxLength(12);
        builder.HasIndex(c => c.Id).HasFilter("kmc_order_id is not null and kmc_told is null and state <> 'Unconfirmed'").HasDatabaseName("ix_certificates_to_tell_kmc");
        builder.HasIndex(c => new { c.State, c.Id }).HasFilter("kmc_told = 'Confirmed' and state = 'Revoked'").HasDatabaseName("ix_certificates_revoked_to_tell_kmc");

        // The clean-up job looks for these; there are few of them at any time.
        builder.HasIndex(c => c.ConfirmBy).HasFilter("state in ('Unconfirmed', 'Held')").HasDatabaseName("ix_certificates_waiting");
        builder.HasIndex(c => new { c.IssuerId, c.State }).HasFilter("state in ('Held', 'Revoked', 'Rejected')").HasDatabaseName("ix_certificates_for_crl");

        builder.HasOne(c => c.Issuer).WithMany().HasForeignKey(c => c.IssuerId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<ChainRecord>().WithMany().HasForeignKey(c => c.ChainId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<CertificateRecord>().WithMany().HasForeignKey(c => c.RenewedFromId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne(c => c.PairOf).WithMany().HasForeignKey(c => c.PairOfId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class ChainRecordConfiguration : IEntityTypeConfiguration<ChainRecord>
{
    public void Configure(EntityTypeBuilder<ChainRecord> builder)
    {
        builder.ToTable("chains");
        builder.Property(c => c.Id).ValueGeneratedNever();
    }
}
