using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Renewal;

namespace Rekey.Ra.Subscribers;

/// <summary>How a certificate stands with the RA, which follows the CA's events.</summary>
public enum CertificateState
{
    /// <summary>Issued by a renewal that is not confirmed yet.</summary>
    Unconfirmed,

    /// <summary>In use.</summary>
    Active,

    /// <summary>Renewed: its successor is in use. Not a revocation.</summary>
    Superseded,

    /// <summary>On hold.</summary>
    Held,

    /// <summary>Revoked (已注销).</summary>
    Revoked,
}

/// <summary>A CA whose certificates are served here: our own, or one taken over.</summary>
internal sealed class CertificateIssuer
{
    public long Id { get; init; }

    /// <summary>DER Name, as it stands in the issuer field of its certificates.</summary>
    public required byte[] Name { get; init; }

    public required string DisplayName { get; set; }

    public bool TakenOver { get; init; }
}

internal sealed class CertificateIssuerConfiguration : IEntityTypeConfiguration<CertificateIssuer>
{
    public void Configure(EntityTypeBuilder<CertificateIssuer> builder)
    {
        builder.ToTable("issuers");
        builder.Property(i => i.Name).HasMaxLength(1000);
        builder.HasIndex(i => i.Name).IsUnique();
        builder.Property(i => i.DisplayName).HasMaxLength(200);
    }
}

/// <summary>A certificate that the RA knows.</summary>
internal sealed class RegisteredCertificate
{
    public long Id { get; init; }

    public required byte[] Sha256 { get; init; }

    public required byte[] Der { get; init; }

    public long IssuerId { get; init; }

    public CertificateIssuer Issuer { get; init; } = null!;

    /// <summary>Upper-case hex, without leading zeros beyond a whole octet.</summary>
    public required string Serial { get; init; }

    public required byte[] SpkiSha256 { get; init; }

    public DateTimeOffset NotBefore { get; init; }

    public DateTimeOffset NotAfter { get; init; }

    public long SubscriberId { get; init; }

    public Subscriber Subscriber { get; init; } = null!;

    /// <summary>Name of the certificate profile, which has the renewal policy.</summary>
    public required string Profile { get; init; }

    public CertificateState State { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The certificate that this one renewed.</summary>
    public long? RenewedFromId { get; init; }

    /// <summary>The signing certificate whose encryption half it is; null for every other.</summary>
    public long? PairOfId { get; init; }

    /// <summary>
    /// When the RA let an agent remove its key from the token; null while nobody may. Means something once the certificate is superseded:
    /// nothing is removed before the successor is confirmed.
    /// </summary>
    public DateTimeOffset? KeyReleasedAt { get; set; }

    /// <summary>When a certificate of a taken-over CA was last seen in that CA's status, plus how long that holds.</summary>
    public DateTimeOffset? StatusFreshUntil { get; set; }

    /// <summary>The token that it was written to, by the agent's word; null when that is not known.</summary>
    public TokenIdentityColumns? Token { get; set; }
}

internal sealed class RegisteredCertificateConfiguration : IEntityTypeConfiguration<RegisteredCertificate>
{
    public void Configure(EntityTypeBuilder<RegisteredCertificate> builder)
    {
        builder.ToTable("certificates");
        builder.Property(c => c.Sha256).HasMaxLength(32);
        builder.HasIndex(c => c.Sha256).IsUnique();
        builder.Property(c => c.Serial).HasMaxLength(42);
        builder.HasIndex(c => new { c.IssuerId, c.Serial }).IsUnique();
        builder.Property(c => c.SpkiSha256).HasMaxLength(32);
        builder.HasIndex(c => c.SpkiSha256);
        builder.HasIndex(c => c.NotAfter);
        builder.HasIndex(c => c.SubscriberId);
        builder.Property(c => c.Profile).HasMaxLength(64);
        builder.Property(c => c.State).HasConversion<string>().HasMaxLength(16);
        builder.HasOne(c => c.Issuer).WithMany().HasForeignKey(c => c.IssuerId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne(c => c.Subscriber).WithMany().HasForeignKey(c => c.SubscriberId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<RegisteredCertificate>().WithMany().HasForeignKey(c => c.RenewedFromId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(c => c.Serial);
        builder.ComplexProperty(c => c.Token, TokenIdentityColumns.Configure);
        builder.HasIndex(c => c.PairOfId).IsUnique();
        builder.HasOne<RegisteredCertificate>().WithMany().HasForeignKey(c => c.PairOfId).OnDelete(DeleteBehavior.Restrict);
    }
}
