using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ca.Issuers;

/// <summary>What a CA is to this one.</summary>
public enum IssuerKind
{
    /// <summary>Its key is ours.</summary>
    Own,

    /// <summary>Taken over (接管): its certificates can be renewed here, its status comes from its CRL.</summary>
    Foreign,
}

/// <summary>A CA whose certificates this one knows. The certificate is what identifies it; a new CA certificate is a new row.</summary>
public sealed class IssuerRecord
{
    /// <summary>Primary key.</summary>
    public int Id { get; init; }

    /// <summary>Name in configuration, addresses and logs.</summary>
    public required string Name { get; init; }

    /// <summary>Own or foreign.</summary>
    public required IssuerKind Kind { get; init; }

    /// <summary>DER subject, which is the issuer field of its certificates.</summary>
    public required byte[] SubjectDer { get; init; }

    /// <summary>DER certificate.</summary>
    public required byte[] Der { get; init; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>Foreign: file or http address of its CRL; null: only the list stored last counts.</summary>
    public string? CrlSource { get; set; }

    /// <summary>Foreign: how old its last CRL may be before its certificates are refused.</summary>
    public int? CrlMaxAgeHours { get; set; }
}

internal sealed class IssuerRecordConfiguration : IEntityTypeConfiguration<IssuerRecord>
{
    public void Configure(EntityTypeBuilder<IssuerRecord> builder)
    {
        builder.ToTable("issuers");
        builder.Property(i => i.Name).HasMaxLength(63);
        builder.HasIndex(i => i.Name).IsUnique();
        builder.Property(i => i.Kind).HasConversion<string>().HasMaxLength(8);
        builder.Property(i => i.SubjectDer).HasMaxLength(4096);
        builder.HasIndex(i => i.SubjectDer);
        builder.Property(i => i.Sha256).HasMaxLength(32);
        builder.HasIndex(i => i.Sha256).IsUnique();
        builder.Property(i => i.CrlSource).HasMaxLength(1000);
    }
}
