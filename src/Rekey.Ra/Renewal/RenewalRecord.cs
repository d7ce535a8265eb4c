using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Contract.Bridge;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>Where a renewal stands, as far as the RA is concerned.</summary>
internal enum RenewalState
{
    /// <summary>The intent is recorded; nothing is confirmed.</summary>
    Open,

    /// <summary>The CA has confirmed the new certificate.</summary>
    Confirmed,

    /// <summary>It came to nothing; another can be started.</summary>
    Ended,
}

/// <summary>A renewal: recorded before the agent touches the token, so that every step after it can be repeated.</summary>
internal sealed class RenewalRecord
{
    public long Id { get; init; }

    /// <summary>16 random octets: the first CMP transactionID, and what the pending key's CKA_ID carries.</summary>
    public required byte[] RenewalId { get; init; }

    public long OldCertificateId { get; init; }

    public RegisteredCertificate OldCertificate { get; init; } = null!;

    /// <summary>The session that is at it now; a later one takes over when it resumes the renewal.</summary>
    public string? SessionId { get; set; }

    public RenewalState State { get; set; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo that the last CMP request for it came with; null before the first.</summary>
    public byte[]? HeardKey { get; set; }

    /// <summary>When that request came.</summary>
    public DateTimeOffset? HeardAt { get; set; }

    /// <summary>When <see cref="State"/> left <see cref="RenewalState.Open"/>.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The step that its session's page has yet to be told; null when there is nothing to tell.</summary>
    public ServerStep? Untold { get; set; }

    /// <summary>Suite name of the new key.</summary>
    public required string KeyType { get; init; }

    /// <summary>Suite name of the encryption key that the key-management centre makes for a pair; null for a certificate alone.</summary>
    public string? EncryptionKeyType { get; init; }

    /// <summary>Whether the old pair is removed from the token after the confirmation, unless a business system needs its key.</summary>
    public bool Retire { get; init; }

    /// <summary>Whether the agent that was last told has anything to remove, and so says when it has done that.</summary>
    public bool Tidies { get; set; }

    public required TokenIdentityColumns Token { get; init; }

    public List<RenewalCertificate> NewCertificates { get; } = [];
}

/// <summary>The token that a renewal began on: the agent's word, a guard against mistakes.</summary>
internal sealed record TokenIdentityColumns(string Driver, string Manufacturer, string Model, string SerialNumber)
{
    public static void Configure(ComplexPropertyBuilder token)
    {
        token.Property<string>(nameof(Driver)).HasMaxLength(16);
        token.Property<string>(nameof(Manufacturer)).HasMaxLength(64);
        token.Property<string>(nameof(Model)).HasMaxLength(64);
        token.Property<string>(nameof(SerialNumber)).HasMaxLength(64);
    }
}

/// <summary>A certificate that a renewal brought: one, or a signing and an encryption certificate.</summary>
internal sealed class RenewalCertificate
{
    public long RenewalId { get; init; }

    /// <summary>The certReqId (RFC 4211): 0 signing, 1 encryption.</summary>
    public int Ordinal { get; init; }

    public long CertificateId { get; init; }

    public RegisteredCertificate Certificate { get; init; } = null!;
}

internal sealed class RenewalRecordConfiguration : IEntityTypeConfiguration<RenewalRecord>
{
    public void Configure(EntityTypeBuilder<RenewalRecord> builder)
    {
        builder.ToTable("renewals");
        builder.Property(r => r.RenewalId).HasMaxLength(16);
        builder.HasIndex(r => r.RenewalId).IsUnique();
        builder.Property(r => r.SessionId).HasMaxLength(32);
        builder.HasIndex(r => r.SessionId);
        builder.Property(r => r.HeardKey).HasMaxLength(32);
        builder.Property(r => r.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(r => r.KeyType).HasMaxLength(16);
        builder.Property(r => r.EncryptionKeyType).HasMaxLength(16);
        builder.Property(r => r.Untold).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(r => r.Untold).HasFilter("untold is not null");

        // Of two renewals of one certificate at once, exactly one wins, whatever process it runs in.
        builder.HasIndex(r => r.OldCertificateId).IsUnique().HasFilter("state in ('Open', 'Confirmed')").HasDatabaseName("ux_renewals_one_at_once");
        builder.HasOne(r => r.OldCertificate).WithMany().HasForeignKey(r => r.OldCertificateId).OnDelete(DeleteBehavior.Restrict);
        builder.ComplexProperty(r => r.Token, TokenIdentityColumns.Configure);
    }
}

internal sealed class RenewalCertificateConfiguration : IEntityTypeConfiguration<RenewalCertificate>
{
    public void Configure(EntityTypeBuilder<RenewalCertificate> builder)
    {
        builder.ToTable("renewal_certificates");
        builder.HasKey(c => new { c.RenewalId, c.Ordinal });
        builder.HasOne<RenewalRecord>().WithMany(r => r.NewCertificates).HasForeignKey(c => c.RenewalId);
        builder.HasOne(c => c.Certificate).WithMany().HasForeignKey(c => c.CertificateId).OnDelete(DeleteBehavior.Restrict);
    }
}
