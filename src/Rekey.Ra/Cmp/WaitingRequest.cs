using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Cmp;

/// <summary>What a person said about a request.</summary>
internal enum Decision
{
    /// <summary>Nothing yet.</summary>
    Waiting,

    /// <summary>It goes to the CA.</summary>
    Approved,

    /// <summary>It goes nowhere, and its reference is closed.</summary>
    Refused,
}

/// <summary>
/// The request of a <see cref="CmpReference"/> that a person approves: as it was received, so that the CA gets what the client
/// signed. A reference has one key and one of these; a client that starts again under another transaction takes its place.
/// </summary>
internal sealed class WaitingRequest
{
    /// <summary>The reference that it came under.</summary>
    public required long ReferenceId { get; init; }

    public CmpReference Reference { get; init; } = null!;

    /// <summary>transactionID, by which the client asks for it.</summary>
    public required byte[] TransactionId { get; init; }

    /// <summary>The whole PKIMessage.</summary>
    public required byte[] Message { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public Decision Decision { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Why it was refused; the client is told.</summary>
    public string? Reason { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<WaitingRequest>
    {
        public void Configure(EntityTypeBuilder<WaitingRequest> builder)
        {
            builder.ToTable("waiting_requests", t => t.HasCheckConstraint(
                "ck_waiting_requests_decided", "(decision = 'Waiting') = (decided_at is null)"));
            builder.HasKey(w => w.ReferenceId);
            builder.Property(w => w.ReferenceId).ValueGeneratedNever();
            builder.Property(w => w.TransactionId).HasMaxLength(64);
            builder.Property(w => w.Decision).HasConversion<string>().HasMaxLength(16);
            builder.Property(w => w.Reason).HasMaxLength(DecideWaiting.MaxReason);
            builder.HasOne(w => w.Reference).WithOne().HasForeignKey<WaitingRequest>(w => w.ReferenceId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
