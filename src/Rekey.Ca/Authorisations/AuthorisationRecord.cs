using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ca.Authorisations;

/// <summary>A download authorisation that this CA has met: what it has been used for.</summary>
public sealed class AuthorisationRecord
{
    /// <summary>SHA-256 of its document.</summary>
    public required byte[] DocumentSha256 { get; init; }

    /// <summary>
    /// Whether the CA's own ceremony gave it: the first administrators, whom nobody is there to authorise. Such a one needs no signatures.
    /// </summary>
    public bool ByCeremony { get; init; }

    /// <summary>The certificate issued for it last; of a pair the signing one. Null before the first.</summary>
    public long? CertificateId { get; set; }

    /// <summary>When its certificate was confirmed: from then on it is used up.</summary>
    public DateTimeOffset? SpentAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<AuthorisationRecord>
    {
        public void Configure(EntityTypeBuilder<AuthorisationRecord> builder)
        {
            builder.ToTable("authorisations").HasKey(a => a.DocumentSha256);
            builder.Property(a => a.DocumentSha256).HasMaxLength(32);
            builder.HasIndex(a => a.CertificateId);
            builder.HasOne<Certificates.CertificateRecord>().WithMany().HasForeignKey(a => a.CertificateId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
