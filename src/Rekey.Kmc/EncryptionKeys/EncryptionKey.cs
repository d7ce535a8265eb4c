using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Kmc.EncryptionKeys;

/// <summary>How an encryption key stands.</summary>
public enum KeyState
{
    /// <summary>In the pool: nobody's yet.</summary>
    Spare,

    /// <summary>A subscriber's; from the first hand-out on, also before the certificate is confirmed.</summary>
    InUse,

    /// <summary>A subscriber's former key, kept because old ciphertext needs it.</summary>
    History,

    /// <summary>Handed out for an order that ended unconfirmed: the private key is gone, the row says that there was one.</summary>
    Destroyed,
}

/// <summary>An encryption key pair. The private half is only here under the master.</summary>
public sealed class EncryptionKey
{
    /// <summary>Primary key.</summary>
    public long Id { get; init; }

    /// <summary>Its name: in orders of recovery, in the audit log, and bound to the sealed private key.</summary>
    public required Guid KeyId { get; init; }

    /// <summary>Kind of key by the name of its suite.</summary>
    public required string Kind { get; init; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public required byte[] Spki { get; init; }

    /// <summary>SHA-256 of <see cref="Spki"/>.</summary>
    public required byte[] SpkiSha256 { get; init; }

    /// <summary>How it stands.</summary>
    public required KeyState State { get; set; }

    /// <summary>Version of the master that <see cref="Sealed"/> is under.</summary>
    public required int MasterVersion { get; set; }

    /// <summary>DER PKCS#8 under the master, as <see cref="KeyVault"/> has it; null when destroyed.</summary>
    public required byte[]? Sealed { get; set; }

    /// <summary>Whose it is: the stable identifier; null for a spare key.</summary>
    public string? SubscriberId { get; set; }

    /// <summary>When it was generated.</summary>
    public required DateTimeOffset GeneratedAt { get; init; }

    /// <summary>When it became a subscriber's.</summary>
    public DateTimeOffset? TakenAt { get; set; }

    /// <summary>When its successor was confirmed.</summary>
    public DateTimeOffset? HistorySince { get; set; }

    /// <summary>When the private key was destroyed.</summary>
    public DateTimeOffset? DestroyedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<EncryptionKey>
    {
        public void Configure(EntityTypeBuilder<EncryptionKey> builder)
        {
            builder.ToTable("encryption_keys", t =>
            {
                t.HasCheckConstraint("ck_encryption_keys_owner", "(state = 'Spare') = (subscriber_id is null) and (state = 'Spare') = (taken_at is null)");
                t.HasCheckConstraint("ck_encryption_keys_sealed", "(state = 'Destroyed') = (sealed is null) and (state = 'Destroyed') = (destroyed_at is not null)");
                t.HasCheckConstraint("ck_encryption_keys_history", "(state = 'History') = (history_since is not null)");
            });
            builder.HasIndex(k => k.KeyId).IsUnique();
            builder.Property(k => k.Kind).HasMaxLength(16);
            builder.Property(k => k.Spki).HasMaxLength(1024);
            builder.Property(k => k.SpkiSha256).HasMaxLength(32);
            builder.HasIndex(k => k.SpkiSha256).IsUnique();
            builder.Property(k => k.State).HasConversion<string>().HasMaxLength(12);
            builder.Property(k => k.Sealed).HasMaxLength(4096);
            builder.Property(k => k.SubscriberId).HasMaxLength(64);
            builder.HasIndex(k => k.SubscriberId);
            builder.HasIndex(k => new { k.Kind, k.Id }).HasFilter("state = 'Spare'").HasDatabaseName("ix_encryption_keys_spare");
            builder.HasIndex(k => k.MasterVersion);
        }
    }
}
