using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Notices;

/// <summary>What a holder and contact are told.</summary>
internal enum NoticeKind
{
    /// <summary>A certificate was renewed before it expired.</summary>
    Renewed,

    /// <summary>A certificate was renewed after it had expired: to be told in every case.</summary>
    RenewedAfterExpiry,

    /// <summary>What an authorisation allowed was downloaded: to be told in every case, because whoever has the codes can do it.</summary>
    Downloaded,

    /// <summary>A former encryption key was recovered at the key-management centre: to be told in every case.</summary>
    KeyRecovered,
}

/// <summary>A message to be sent, written in the transaction of what it tells, so that it is never lost and never wrong.</summary>
internal sealed class OutboxNotice
{
    public long Id { get; init; }

    public NoticeKind Kind { get; init; }

    public long SubscriberId { get; init; }

    /// <summary>The certificate it is about.</summary>
    public long CertificateId { get; init; }

    /// <summary>What it is about besides, where a certificate can have several of a kind: the order of recovery, lower-case hex. Else empty.</summary>
    public string Reference { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? SentAt { get; set; }
}

internal sealed class OutboxNoticeConfiguration : IEntityTypeConfiguration<OutboxNotice>
{
    public void Configure(EntityTypeBuilder<OutboxNotice> builder)
    {
        builder.ToTable("outbox");
        builder.Property(n => n.Kind).HasConversion<string>().HasMaxLength(32);
        builder.Property(n => n.Reference).HasMaxLength(32);
        builder.HasIndex(n => new { n.Kind, n.CertificateId, n.Reference }).IsUnique();
        builder.HasIndex(n => n.SentAt);
        builder.HasOne<Subscriber>().WithMany().HasForeignKey(n => n.SubscriberId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<RegisteredCertificate>().WithMany().HasForeignKey(n => n.CertificateId).OnDelete(DeleteBehavior.Restrict);
    }
}
