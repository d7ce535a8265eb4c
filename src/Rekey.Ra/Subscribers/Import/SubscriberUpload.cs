using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>
/// A table that an operator has sent and that waits for her word: in the database, because the next request may come to another process,
/// and a browser cannot send a file again by itself.
/// </summary>
internal sealed class SubscriberUpload
{
    /// <summary>128 random bits, base64url.</summary>
    public required string Id { get; init; }

    /// <summary>Whose, as in the audit log.</summary>
    public required string Owner { get; init; }

    public required string FileName { get; init; }

    public required byte[] Content { get; init; }

    public DateTimeOffset SentAt { get; init; }

    /// <summary>When it was imported; null while it waits.</summary>
    public DateTimeOffset? ImportedAt { get; set; }
}

internal sealed class SubscriberUploadConfiguration : IEntityTypeConfiguration<SubscriberUpload>
{
    public void Configure(EntityTypeBuilder<SubscriberUpload> builder)
    {
        builder.ToTable("subscriber_uploads");
        builder.Property(u => u.Id).HasMaxLength(32);
        builder.Property(u => u.Owner).HasMaxLength(200);
        builder.Property(u => u.FileName).HasMaxLength(SubscriberUploads.MostOfFileName);
        builder.HasIndex(u => new { u.Owner, u.SentAt });
        builder.HasIndex(u => u.SentAt);
    }
}
