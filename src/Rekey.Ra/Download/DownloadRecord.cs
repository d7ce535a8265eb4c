using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Contract.Bridge;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Download;

/// <summary>Where a download stands, as far as the RA is concerned.</summary>
internal enum DownloadState
{
    /// <summary>The intent is recorded; nothing is confirmed.</summary>
    Open,

    /// <summary>The CA has confirmed the certificate; the authorisation is spent.</summary>
    Confirmed,

    /// <summary>It came to nothing; the authorisation allows another.</summary>
    Ended,
}

/// <summary>
/// A download: recorded before the agent touches the token, so that every step after it can be repeated. It survives its session: whoever types
/// the codes again, on whatever computer, goes on with it.
/// </summary>
internal sealed class DownloadRecord
{
    public long Id { get; init; }

    /// <summary>16 random octets: the first CMP transactionID, and what the new key's CKA_ID carries.</summary>
    public required byte[] DownloadId { get; init; }

    public long AuthorisationId { get; init; }

    public Authorisation Authorisation { get; init; } = null!;

    /// <summary>The session that is at it now; a later one takes over when it goes on with the download.</summary>
    public string? SessionId { get; set; }

    public DownloadState State { get; set; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When <see cref="State"/> left <see cref="DownloadState.Open"/>.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The step that its session's page has yet to be told; null when there is nothing to tell.</summary>
    public ServerStep? Untold { get; set; }

    /// <summary>Suite name of the new key.</summary>
    public required string KeyType { get; init; }

    /// <summary>Suite name of the encryption key that the key-management centre makes for a pair; null for a certificate alone.</summary>
    public string? EncryptionKeyType { get; init; }

    /// <summary>The token that it goes to: the agent's word. Another one while it is open makes the first one's key worthless.</summary>
    public required TokenIdentityColumns Token { get; set; }

    public List<DownloadCertificate> Certificates { get; } = [];
}

/// <summary>A certificate that a download brought: one, or a signing and an encryption certificate.</summary>
internal sealed class DownloadCertificate
{
    public long DownloadId { get; init; }

    /// <summary>The certReqId (RFC 4211): 0 signing, 1 encryption.</summary>
    public int Ordinal { get; init; }

    public long CertificateId { get; init; }

    public RegisteredCertificate Certificate { get; init; } = null!;
}

internal sealed class DownloadRecordConfiguration : IEntityTypeConfiguration<DownloadRecord>
{
    public void Configure(EntityTypeBuilder<DownloadRecord> builder)
    {
        builder.ToTable("downloads");
        builder.Property(d => d.DownloadId).HasMaxLength(16);
        builder.HasIndex(d => d.DownloadId).IsUnique();
        builder.Property(d => d.SessionId).HasMaxLength(32);
        builder.HasIndex(d => d.SessionId);
        builder.Property(d => d.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(d => d.KeyType).HasMaxLength(16);
        builder.Property(d => d.EncryptionKeyType).HasMaxLength(16);
        builder.Property(d => d.Untold).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(d => d.Untold).HasFilter("untold is not null");

        // One authorisation, one certificate: of two downloads at once exactly one wins, whatever process it runs in.
        builder.HasIndex(d => d.AuthorisationId).IsUnique().HasFilter("state in ('Open', 'Confirmed')").HasDatabaseName("ux_downloads_one_at_once");
        builder.HasOne(d => d.Authorisation).WithMany().HasForeignKey(d => d.AuthorisationId).OnDelete(DeleteBehavior.Restrict);
        builder.ComplexProperty(d => d.Token, t =>
        {
            t.Property(x => x.Driver).HasMaxLength(16);
            t.Property(x => x.Manufacturer).HasMaxLength(64);
            t.Property(x => x.Model).HasMaxLength(64);
            t.Property(x => x.SerialNumber).HasMaxLength(64);
        });
    }
}

internal sealed class DownloadCertificateConfiguration : IEntityTypeConfiguration<DownloadCertificate>
{
    public void Configure(EntityTypeBuilder<DownloadCertificate> builder)
    {
        builder.ToTable("download_certificates");
        builder.HasKey(c => new { c.DownloadId, c.Ordinal });
        builder.HasOne<DownloadRecord>().WithMany(d => d.Certificates).HasForeignKey(c => c.DownloadId);
        builder.HasOne(c => c.Certificate).WithMany().HasForeignKey(c => c.CertificateId).OnDelete(DeleteBehavior.Restrict);
    }
}
