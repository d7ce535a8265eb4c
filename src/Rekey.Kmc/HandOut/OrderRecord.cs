using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Kmc.EncryptionKeys;

namespace Rekey.Kmc.HandOut;

/// <summary>How an order stands.</summary>
public enum OrderState
{
    /// <summary>The holder has not confirmed yet: the key can be wrapped to another transport key (R5).</summary>
    Open,

    /// <summary>Confirmed; nothing is handed out any more.</summary>
    Confirmed,

    /// <summary>Ended unconfirmed.</summary>
    Ended,

    /// <summary>Confirmed, and its certificates were revoked later.</summary>
    Revoked,
}

/// <summary>An order of the CA, and the one key that it got. Which order it is, and for whom, never changes.</summary>
public sealed class OrderRecord
{
    /// <summary>Most hand-outs of one order: a holder whose stick is pulled out ten times calls the RA.</summary>
    public const int MostHandOuts = 10;

    /// <summary>Primary key.</summary>
    public long Id { get; init; }

    /// <summary>The order's identifier: 16 octets.</summary>
    public required byte[] OrderId { get; init; }

    /// <summary>certReqId of the request for the encryption key.</summary>
    public required int CertReqId { get; init; }

    /// <summary>Who signed the holder's message: SHA-256 of the certificate, or of the reference where a MAC protects it.</summary>
    public required byte[] RequesterSha256 { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of that certificate, which names the order before this one; null for a MAC.</summary>
    public required byte[]? OldSigningSpkiSha256 { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the holder's new signing key.</summary>
    public required byte[] SigningSpkiSha256 { get; init; }

    /// <summary>The subscriber's stable identifier.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>The key.</summary>
    public required EncryptionKey Key { get; init; }

    /// <summary>Primary key of <see cref="Key"/>.</summary>
    public long KeyId { get; init; }

    /// <summary>How it stands.</summary>
    public required OrderState State { get; set; }

    /// <summary>To how many transport keys the key was wrapped.</summary>
    public required int HandOuts { get; set; }

    /// <summary>When it was last decided that the subscriber gets the certificates, as the CA says.</summary>
    public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>When the key was first handed out.</summary>
    public required DateTimeOffset OrderedAt { get; init; }

    /// <summary>When it was confirmed or ended.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<OrderRecord>
    {
        public void Configure(EntityTypeBuilder<OrderRecord> builder)
        {
            builder.ToTable("orders", t =>
            {
                t.HasCheckConstraint("ck_orders_hand_outs", "hand_outs between 1 and 10");
                t.HasCheckConstraint("ck_orders_end", "(state = 'Open') = (ended_at is null)");
            });
            builder.Property(o => o.OrderId).HasMaxLength(16);
            builder.HasIndex(o => new { o.OrderId, o.CertReqId }).IsUnique();
            builder.Property(o => o.RequesterSha256).HasMaxLength(32);
            builder.Property(o => o.OldSigningSpkiSha256).HasMaxLength(32);
            builder.Property(o => o.SigningSpkiSha256).HasMaxLength(32);
            builder.HasIndex(o => o.SigningSpkiSha256);
            builder.Property(o => o.SubscriberId).HasMaxLength(64);
            builder.HasIndex(o => o.SubscriberId);
            builder.Property(o => o.State).HasConversion<string>().HasMaxLength(12);
            builder.HasIndex(o => o.KeyId).IsUnique(); // a key is spent once
            builder.HasIndex(o => o.Id).HasFilter("state = 'Open'").HasDatabaseName("ix_orders_open");
            builder.HasOne(o => o.Key).WithMany().HasForeignKey(o => o.KeyId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}

/// <summary>An envelope that left the centre, kept so that the same question gets the same answer.</summary>
public sealed class HandOutRecord
{
    /// <summary>Primary key.</summary>
    public long Id { get; init; }

    /// <summary>For which order.</summary>
    public required OrderRecord Order { get; init; }

    /// <summary>Primary key of <see cref="Order"/>.</summary>
    public long OrderId { get; init; }

    /// <summary>1 to <see cref="OrderRecord.MostHandOuts"/>.</summary>
    public required int Number { get; init; }

    /// <summary>SHA-256 of the transport key's SubjectPublicKeyInfo.</summary>
    public required byte[] TransportSpkiSha256 { get; init; }

    /// <summary>Form of the envelope.</summary>
    public required Pki.Cmp.KeyEnvelopeForm Form { get; init; }

    /// <summary>DER of the envelope; only the holder's token opens it.</summary>
    public required byte[] Envelope { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<HandOutRecord>
    {
        public void Configure(EntityTypeBuilder<HandOutRecord> builder)
        {
            builder.ToTable("hand_outs");
            builder.Property(h => h.TransportSpkiSha256).HasMaxLength(32);
            builder.HasIndex(h => new { h.OrderId, h.TransportSpkiSha256 }).IsUnique();
            builder.HasIndex(h => new { h.OrderId, h.Number }).IsUnique();
            builder.Property(h => h.Form).HasConversion<string>().HasMaxLength(24);
            builder.Property(h => h.Envelope).HasMaxLength(8192);
            builder.HasOne(h => h.Order).WithMany().HasForeignKey(h => h.OrderId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
