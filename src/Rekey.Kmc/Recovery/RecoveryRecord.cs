using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Kmc.EncryptionKeys;

namespace Rekey.Kmc.Recovery;

/// <summary>A recovery that was carried out. An order of recovery is good for one; the same order again gets the same envelope.</summary>
public sealed class RecoveryRecord
{
    /// <summary>The order's identifier: 16 octets.</summary>
    public required byte[] OrderId { get; init; }

    /// <summary>SHA-256 of the order that was signed.</summary>
    public required byte[] OrderSha256 { get; init; }

    /// <summary>What kind of recovery.</summary>
    public required RecoveryKind Kind { get; init; }

    /// <summary>The key.</summary>
    public required EncryptionKey Key { get; init; }

    /// <summary>Primary key of <see cref="Key"/>.</summary>
    public long KeyId { get; init; }

    /// <summary>Form of the envelope.</summary>
    public required Pki.Cmp.KeyEnvelopeForm Form { get; init; }

    /// <summary>DER of the envelope; only its recipient opens it.</summary>
    public required byte[] Envelope { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the CA had passed it on, so that holder and contact are told; null until then.</summary>
    public DateTimeOffset? ToldAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<RecoveryRecord>
    {
        public void Configure(EntityTypeBuilder<RecoveryRecord> builder)
        {
            builder.ToTable("recoveries").HasKey(r => r.OrderId);
            builder.Property(r => r.OrderId).HasMaxLength(16);
            builder.Property(r => r.OrderSha256).HasMaxLength(32);
            builder.Property(r => r.Kind).HasConversion<string>().HasMaxLength(12);
            builder.Property(r => r.Form).HasConversion<string>().HasMaxLength(24);
            builder.Property(r => r.Envelope).HasMaxLength(8192);
            builder.HasIndex(r => r.KeyId);
            builder.HasIndex(r => r.At).HasFilter("told_at is null").HasDatabaseName("ix_recoveries_untold");
            builder.HasOne(r => r.Key).WithMany().HasForeignKey(r => r.KeyId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}

/// <summary>Kinds of recovery.</summary>
public enum RecoveryKind
{
    /// <summary>Of a subscriber's former key onto the subscriber's new token, ordered by two officers.</summary>
    Holder,

    /// <summary>For a court or another authority, into a carrier, ordered by M of N custodians.</summary>
    Judicial,
}
