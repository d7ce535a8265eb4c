using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Operators;

/// <summary>How an operator stands.</summary>
public enum OperatorState
{
    /// <summary>Appointed, and not yet confirmed by the second person; may nothing.</summary>
    Waiting,

    /// <summary>At work.</summary>
    Active,

    /// <summary>Removed. The row stays, because what she did names her.</summary>
    Removed,
}

/// <summary>
/// An operator. She is a person: a subscriber with a stable identifier, so each of her certificates is hers, and one row for each person,
/// so that nobody is two.
/// </summary>
internal sealed class Operator
{
    public long Id { get; init; }

    public long SubscriberId { get; init; }

    public Subscriber Subscriber { get; init; } = null!;

    public OperatorRole Role { get; set; }

    public OperatorDuties Duties { get; set; }

    /// <summary>As <see cref="OperatorScope.ToString"/> writes it.</summary>
    public required string Scope { get; set; }

    public OperatorState State { get; set; }

    /// <summary>Who appointed her, or widened her scope, last; as in the audit log.</summary>
    public required string AppointedBy { get; set; }

    /// <summary>When she was appointed to the present role.</summary>
    public DateTimeOffset AppointedAt { get; set; }

    /// <summary>Who changed the row last; as in the audit log.</summary>
    public required string ChangedBy { get; set; }

    public DateTimeOffset ChangedAt { get; set; }

    /// <summary>Why she was removed; null while she is not.</summary>
    public string? RemovalReason { get; set; }

    /// <summary>Counts changes. A session counts only with the version that it began with.</summary>
    public int Version { get; set; }
}

internal sealed class OperatorConfiguration : IEntityTypeConfiguration<Operator>
{
    public void Configure(EntityTypeBuilder<Operator> builder)
    {
        builder.ToTable("operators");
        builder.HasIndex(o => o.SubscriberId).IsUnique();
        builder.HasOne(o => o.Subscriber).WithMany().HasForeignKey(o => o.SubscriberId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(o => o.Role).HasConversion<string>().HasMaxLength(24);
        builder.Property(o => o.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(o => o.Scope).HasMaxLength(OperatorScope.MaxLength);
        builder.Property(o => o.AppointedBy).HasMaxLength(200);
        builder.Property(o => o.ChangedBy).HasMaxLength(200);
        builder.Property(o => o.RemovalReason).HasMaxLength(PlainLine.MostOfReason);
        builder.Property(o => o.Version).IsConcurrencyToken();
    }
}
