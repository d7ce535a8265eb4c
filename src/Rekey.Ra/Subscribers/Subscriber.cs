using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Pki.Certificates;

namespace Rekey.Ra.Subscribers;

/// <summary>Whose certificates they are.</summary>
public enum SubscriberKind
{
    /// <summary>A person.</summary>
    Person,

    /// <summary>An organisation; its contact is a person.</summary>
    Organisation,
}

/// <summary>Whether a subscriber is served.</summary>
public enum SubscriberState
{
    /// <summary>Registered.</summary>
    Registered,

    /// <summary>Cancelled (已注销): nothing of theirs can be renewed.</summary>
    Cancelled,
}

/// <summary>A person or organisation (用户) that the RA has registered.</summary>
internal sealed class Subscriber
{
    public long Id { get; init; }

    public SubscriberKind Kind { get; set; }

    /// <summary>Never changes, and every certificate carries it, so that business systems find the user after a renewal.</summary>
    public required string StableId { get; init; }

    /// <summary>Unified social credit code of the institution, or of the one that a person belongs to; null when it is not known.</summary>
    public string? CreditCode { get; set; }

    public required string DisplayName { get; set; }

    /// <summary>DER Name (RFC 5280 section 4.1.2.6) of the next certificate; null: as in the old one.</summary>
    public byte[]? Subject { get; set; }

    /// <summary>The subject of a holder of whom no more is known.</summary>
    /// <param name="country">Two letters.</param>
    /// <param name="name">Both organisation and common name.</param>
    /// <param name="stableId">The <see cref="StableId"/>.</param>
    /// <returns>DER Name.</returns>
    public static byte[] PlainSubject(string country, string name, string stableId) => DistinguishedName.Build(
        new NameAttribute(Oids.CountryName, country),
        new NameAttribute(Oids.OrganizationName, name),
        new NameAttribute(Oids.SubjectSerialNumber, stableId),
        new NameAttribute(Oids.CommonName, name)).Encoded.ToArray();

    /// <summary>Who handles the key (经办人) and is told of renewals.</summary>
    public string? ContactName { get; set; }

    public string? ContactPhone { get; set; }

    public string? ContactEmail { get; set; }

    /// <summary>When the RA last saw proof of identity; null when no date is known.</summary>
    public DateTimeOffset? IdentityProvedAt { get; set; }

    public SubscriberState State { get; set; }

    public DateTimeOffset RegisteredAt { get; init; }

    public DateTimeOffset? CancelledAt { get; set; }

    /// <summary>Counts edits; who edits says which version it was made from. The <see cref="SubscriberChange"/> of the same version says by whom.</summary>
    public int Version { get; set; }

    /// <summary>The division (characters 3 to 8) of <see cref="CreditCode"/>; the database works it out.</summary>
    public string? Division { get; private set; }

    /// <summary><see cref="ContactPhone"/> without what people write between its digits; the database works it out.</summary>
    public string? PhoneDigits { get; private set; }

    /// <summary>
    /// The last day of the certificate in use (of several, the latest); null when none is. The database keeps it
    /// (<see cref="Search.SubscriberIndexes"/>), whoever writes a certificate.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; private set; }
}

internal sealed class SubscriberConfiguration : IEntityTypeConfiguration<Subscriber>
{
    public void Configure(EntityTypeBuilder<Subscriber> builder)
    {
        builder.ToTable("subscribers");
        builder.Property(s => s.Kind).HasConversion<string>().HasMaxLength(16);
        builder.Property(s => s.StableId).HasMaxLength(64);
        builder.HasIndex(s => s.StableId).IsUnique();
        builder.Property(s => s.CreditCode).HasMaxLength(Subscribers.CreditCode.Length);
        builder.Property(s => s.DisplayName).HasMaxLength(200);
        builder.Property(s => s.Subject).HasMaxLength(2000);
        builder.Property(s => s.ContactName).HasMaxLength(100);
        builder.Property(s => s.ContactPhone).HasMaxLength(40);
        builder.Property(s => s.ContactEmail).HasMaxLength(254);
        builder.Property(s => s.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(s => s.Version).IsConcurrencyToken();
        builder.Property(s => s.Division).HasMaxLength(6).HasComputedColumnSql("substr(credit_code, 3, 6)", stored: true);
        builder.Property(s => s.PhoneDigits).HasMaxLength(40)
            .HasComputedColumnSql("replace(replace(replace(replace(replace(replace(contact_phone, ' ', ''), '-', ''), '(', ''), ')', ''), '/', ''), '+', '')", stored: true);
        builder.Property(s => s.ExpiresAt).Metadata.SetBeforeSaveBehavior(PropertySaveBehavior.Ignore);
        builder.Property(s => s.ExpiresAt).Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);

        // Each order of a list, and each thing that is searched for; the identifier makes an order that pages can be cut from.
        builder.HasIndex(s => new { s.DisplayName, s.Id });
        builder.HasIndex(s => new { s.CreditCode, s.Id });
        builder.HasIndex(s => new { s.ExpiresAt, s.Id });
        builder.HasIndex(s => new { s.Division, s.DisplayName, s.Id });
        builder.HasIndex(s => s.PhoneDigits);
        builder.HasIndex(s => s.ContactName);
        builder.HasIndex(s => s.Id).HasFilter("state = 'Cancelled'").HasDatabaseName("ix_subscribers_cancelled");
    }
}
