using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ca.Issuers;

namespace Rekey.Ca.Revocation;

/// <summary>A CRL: ours as signed, or a foreign CA's as fetched.</summary>
public sealed class CrlRecord
{
    /// <summary>Primary key.</summary>
    public long Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required int IssuerId { get; init; }

    /// <summary>cRLNumber; a foreign CRL without one has the seconds of its thisUpdate.</summary>
    public required long Number { get; init; }

    /// <summary>thisUpdate.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>nextUpdate.</summary>
    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>Ours: number of the last event that it covers.</summary>
    public long LastEvent { get; init; }

    /// <summary>DER CertificateList.</summary>
    public required byte[] Der { get; init; }
}

internal sealed class CrlRecordConfiguration : IEntityTypeConfiguration<CrlRecord>
{
    public void Configure(EntityTypeBuilder<CrlRecord> builder)
    {
        builder.ToTable("crls");
        builder.HasIndex(c => new { c.IssuerId, c.Number }).IsUnique();
        builder.HasOne<IssuerRecord>().WithMany().HasForeignKey(c => c.IssuerId).OnDelete(DeleteBehavior.Restrict);
    }
}
