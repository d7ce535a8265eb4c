using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Operators;

/// <summary>A challenge of a login that was given out. Any process may take it back, one of them once.</summary>
internal sealed class LoginChallengeRow
{
    public required byte[] NonceSha256 { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class LoginChallengeRowConfiguration : IEntityTypeConfiguration<LoginChallengeRow>
{
    public void Configure(EntityTypeBuilder<LoginChallengeRow> builder)
    {
        builder.ToTable("login_challenges");
        builder.HasKey(c => c.NonceSha256);
        builder.Property(c => c.NonceSha256).HasMaxLength(32);
        builder.HasIndex(c => c.ExpiresAt);
    }
}

/// <summary>A login under way, as the login library keeps it: its secrets are hashes.</summary>
internal sealed class LoginAttemptRow
{
    public required string Id { get; init; }

    /// <summary>Counts changes; a change names the version that it was made from.</summary>
    public int Version { get; set; }

    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The library's record, as JSON.</summary>
    public required string Content { get; set; }
}

internal sealed class LoginAttemptRowConfiguration : IEntityTypeConfiguration<LoginAttemptRow>
{
    public void Configure(EntityTypeBuilder<LoginAttemptRow> builder)
    {
        builder.ToTable("login_attempts");
        builder.Property(a => a.Id).HasMaxLength(22);
        builder.HasIndex(a => a.ExpiresAt);
    }
}
