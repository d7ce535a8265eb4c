using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Contract.Bridge;

namespace Rekey.Ra.Sessions;

/// <summary>
/// One meeting of a page and an agent. All of it is in the database, because the two may talk to different processes. Secrets are
/// here as SHA-256 only: whoever reads the table can neither be the page nor the agent.
/// </summary>
internal sealed class Session
{
    /// <summary>128 random bits, base64url. Public: it names, it does not authorise.</summary>
    public required string Id { get; init; }

    public required byte[] CookieSecretSha256 { get; init; }

    public SessionPurpose Purpose { get; init; }

    /// <summary>Where the holder came from, already checked against the list of business systems.</summary>
    public string? ReturnTo { get; init; }

    /// <summary>The page's language, which the agent's windows follow.</summary>
    public required string Language { get; set; }

    /// <summary>Six digits, anew with each ticket.</summary>
    public required string CheckCode { get; set; }

    /// <summary>Two letters and four digits for the phone.</summary>
    public required string LookupCode { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the row, its events and commands may be deleted.</summary>
    public DateTimeOffset KeepUntil { get; init; }

    /// <summary>Which ticket is the valid one; see <see cref="SessionSecret.Ticket"/>.</summary>
    public int TicketNumber { get; set; }

    public DateTimeOffset TicketExpiresAt { get; set; }

    public byte[]? AgentTokenSha256 { get; set; }

    public string? AgentVersion { get; set; }

    /// <summary>When the agent last asked for commands; null while none is attached, or after it stopped.</summary>
    public DateTimeOffset? AgentSeenAt { get; set; }

    /// <summary>The certificate chosen, lower-case hex.</summary>
    public string? SelectedSha256 { get; set; }

    /// <summary>The renewal or download under way, lower-case hex.</summary>
    public string? RenewalId { get; set; }

    /// <summary>Download: what its codes opened.</summary>
    public long? AuthorisationId { get; init; }

    /// <summary>Download: the secret of the agent's request, sealed (<see cref="Download.DownloadSecrets"/>).</summary>
    public byte[]? SealedSecret { get; set; }

    /// <summary>Download: the proof that the code was typed, sealed; gone when the session has no more use for it.</summary>
    public byte[]? SealedProof { get; set; }

    /// <summary>No more events are taken.</summary>
    public bool Ended { get; set; }

    public int LastEvent { get; set; }

    public int LastCommand { get; set; }

    /// <summary>Raised with each change; two processes that change at once are told apart by it.</summary>
    public int Version { get; set; }
}

/// <summary>A ticket of a launch address, as SHA-256.</summary>
internal sealed class LaunchTicket
{
    public required byte[] Sha256 { get; init; }

    public required string SessionId { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public bool Used { get; set; }
}

/// <summary>An event of a session.</summary>
internal sealed class SessionEventRow
{
    public required string SessionId { get; init; }

    public int Seq { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary><see cref="SessionEvent"/> as it crosses the bridge.</summary>
    public required string Json { get; init; }
}

/// <summary>A command for a session's agent.</summary>
internal sealed class AgentCommandRow
{
    public required string SessionId { get; init; }

    public int Seq { get; init; }

    /// <summary><see cref="AgentCommand"/> as it crosses the bridge.</summary>
    public required string Json { get; init; }
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> builder)
    {
        builder.ToTable("sessions");
        builder.Property(s => s.Id).HasMaxLength(32);
        builder.Property(s => s.CookieSecretSha256).HasMaxLength(32);
        builder.Property(s => s.Purpose).HasConversion<string>().HasMaxLength(16);
        builder.Property(s => s.ReturnTo).HasMaxLength(1000);
        builder.Property(s => s.Language).HasMaxLength(10);
        builder.Property(s => s.CheckCode).HasMaxLength(6);
        builder.Property(s => s.LookupCode).HasMaxLength(7);
        builder.HasIndex(s => s.LookupCode).IsUnique();
        builder.HasIndex(s => s.KeepUntil);
        builder.Property(s => s.AgentTokenSha256).HasMaxLength(32);
        builder.HasIndex(s => s.AgentTokenSha256).IsUnique();
        builder.Property(s => s.AgentVersion).HasMaxLength(64);
        builder.Property(s => s.SelectedSha256).HasMaxLength(64);
        builder.Property(s => s.RenewalId).HasMaxLength(32);
        builder.HasIndex(s => s.RenewalId);
        builder.Property(s => s.SealedSecret).HasMaxLength(100);
        builder.Property(s => s.SealedProof).HasMaxLength(100);
        builder.HasOne<Authorisations.Authorisation>().WithMany().HasForeignKey(s => s.AuthorisationId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(s => s.Version).IsConcurrencyToken();
    }
}

internal sealed class LaunchTicketConfiguration : IEntityTypeConfiguration<LaunchTicket>
{
    public void Configure(EntityTypeBuilder<LaunchTicket> builder)
    {
        builder.ToTable("tickets");
        builder.HasKey(t => t.Sha256);
        builder.Property(t => t.Sha256).HasMaxLength(32);
        builder.Property(t => t.SessionId).HasMaxLength(32);
        builder.HasOne<Session>().WithMany().HasForeignKey(t => t.SessionId);
    }
}

internal sealed class SessionEventRowConfiguration : IEntityTypeConfiguration<SessionEventRow>
{
    public void Configure(EntityTypeBuilder<SessionEventRow> builder)
    {
        builder.ToTable("session_events");
        builder.HasKey(e => new { e.SessionId, e.Seq });
        builder.Property(e => e.SessionId).HasMaxLength(32);
        builder.HasOne<Session>().WithMany().HasForeignKey(e => e.SessionId);
    }
}

internal sealed class AgentCommandRowConfiguration : IEntityTypeConfiguration<AgentCommandRow>
{
    public void Configure(EntityTypeBuilder<AgentCommandRow> builder)
    {
        builder.ToTable("agent_commands");
        builder.HasKey(c => new { c.SessionId, c.Seq });
        builder.Property(c => c.SessionId).HasMaxLength(32);
        builder.HasOne<Session>().WithMany().HasForeignKey(c => c.SessionId);
    }
}
