using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Subscribers;

/// <summary>An edit of a subscriber, kept as long as the subscriber.</summary>
internal sealed class SubscriberChange
{
    public long Id { get; init; }

    public long SubscriberId { get; init; }

    public Subscriber Subscriber { get; init; } = null!;

    /// <summary>The subscriber's <see cref="Subscriber.Version"/> after it.</summary>
    public int Version { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Who, as in the audit log.</summary>
    public required string Actor { get; init; }

    /// <summary>JSON array of <see cref="FieldChange"/>.</summary>
    public required string Fields { get; init; }
}

internal sealed class SubscriberChangeConfiguration : IEntityTypeConfiguration<SubscriberChange>
{
    public void Configure(EntityTypeBuilder<SubscriberChange> builder)
    {
        builder.ToTable("subscriber_changes");
        builder.Property(c => c.Actor).HasMaxLength(200);
        builder.HasIndex(c => new { c.SubscriberId, c.Version }).IsUnique();
        builder.HasOne(c => c.Subscriber).WithMany().HasForeignKey(c => c.SubscriberId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>What an edit changed of one field.</summary>
/// <param name="Field">Name of the property.</param>
/// <param name="Before">Its value before; null when it had none.</param>
/// <param name="After">Its value after.</param>
public sealed record FieldChange(string Field, string? Before, string? After);
