using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ca.Certificates;

namespace Rekey.Ca.Events;

/// <summary>What happened to a certificate.</summary>
public enum EventKind
{
    /// <summary>Signed and stored; not yet confirmed.</summary>
    Issued,

    /// <summary>Confirmed by its holder: in use from now on.</summary>
    Confirmed,

    /// <summary>Put on hold.</summary>
    Held,

    /// <summary>Taken off hold.</summary>
    Resumed,

    /// <summary>Revoked.</summary>
    Revoked,

    /// <summary>Refused by its holder, or replaced before it was confirmed.</summary>
    Rejected,

    /// <summary>Put on hold because nobody confirmed it in time.</summary>
    ExpiredUnconfirmed,

    /// <summary>Its key, an encryption key, was recovered at the key-management centre. Changes nothing about the certificate.</summary>
    KeyRecovered,
}

/// <summary>
/// An entry of the list that the RA and the publisher follow. Written in the act's own transaction without a number; the number is
/// given afterwards, in the order in which commits became visible, so that "everything after N" never misses an entry that
/// committed late, and acts need not wait for one another to get a number.
/// </summary>
public sealed class EventRecord
{
    /// <summary>Primary key; has gaps and says nothing about order.</summary>
    public long Id { get; init; }

    /// <summary>Gapless number from 1 on; null until <see cref="EventFeed"/> gave it.</summary>
    public long? Sequence { get; set; }

    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>To which certificate.</summary>
    public long CertificateId { get; init; }

    /// <summary>To which certificate.</summary>
    public required CertificateRecord Certificate { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>With <see cref="EventKind.KeyRecovered"/>: the order of recovery, 16 octets; null with every other.</summary>
    public byte[]? RecoveryId { get; init; }
}

internal sealed class EventRecordConfiguration : IEntityTypeConfiguration<EventRecord>
{
    public void Configure(EntityTypeBuilder<EventRecord> builder)
    {
        builder.ToTable("events");
        builder.Property(e => e.Kind).HasConversion<string>().HasMaxLength(20);
        builder.HasIndex(e => e.Sequence).IsUnique();
        builder.HasIndex(e => e.Id).HasFilter("sequence is null").HasDatabaseName("ix_events_unnumbered");
        builder.HasIndex(e => e.Sequence, "ix_events_for_crl").HasFilter("kind not in ('Issued', 'Confirmed', 'KeyRecovered')");
        builder.Property(e => e.RecoveryId).HasMaxLength(16);
        builder.HasIndex(e => e.RecoveryId).IsUnique();
        builder.HasOne(e => e.Certificate).WithMany().HasForeignKey(e => e.CertificateId).OnDelete(DeleteBehavior.Restrict);
    }
}
