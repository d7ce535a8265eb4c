using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Operators;

/// <summary>An operator's session at the console. It is here and not in the cookie, so that it can be ended.</summary>
internal sealed class ConsoleSession
{
    /// <summary>Of the secret in the cookie.</summary>
    public required byte[] SecretSha256 { get; init; }

    public long OperatorId { get; init; }

    public Operator Operator { get; init; } = null!;

    /// <summary>The <see cref="Operator.Version"/> at the login: a session does not outlive a change of what she may.</summary>
    public int OperatorVersion { get; init; }

    /// <summary>The certificate of the login.</summary>
    public long CertificateId { get; init; }

    public RegisteredCertificate Certificate { get; init; } = null!;

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The last request, to within <see cref="ConsoleSessions.SeenStep"/>.</summary>
    public DateTimeOffset SeenAt { get; set; }

    /// <summary>When she logged out.</summary>
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class ConsoleSessionConfiguration : IEntityTypeConfiguration<ConsoleSession>
{
    public void Configure(EntityTypeBuilder<ConsoleSession> builder)
    {
        builder.ToTable("console_sessions");
        builder.HasKey(s => s.SecretSha256);
        builder.Property(s => s.SecretSha256).HasMaxLength(32);
        builder.HasIndex(s => new { s.OperatorId, s.SeenAt });
        builder.HasIndex(s => s.CertificateId);
        builder.HasOne(s => s.Operator).WithMany().HasForeignKey(s => s.OperatorId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne(s => s.Certificate).WithMany().HasForeignKey(s => s.CertificateId).OnDelete(DeleteBehavior.Cascade);
    }
}
