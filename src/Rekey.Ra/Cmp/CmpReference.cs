using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Cmp;

/// <summary>
/// Leave for a third-party CMP client to get one certificate for a subscriber: a reference number that it sends in clear and a secret
/// that it computes with. The secret must be known here in clear to verify a MAC, so it is stored encrypted under a key that the
/// database does not have.
/// </summary>
internal sealed class CmpReference
{
    /// <summary>How often a wrong secret is taken before the reference is closed.</summary>
    public const int MaxWrongTries = 5;

    public long Id { get; init; }

    /// <summary>What the client sends as senderKID (<c>openssl cmp -ref</c>).</summary>
    public required string Reference { get; init; }

    /// <summary>The secret, as <see cref="SecretBox"/> sealed it.</summary>
    public required byte[] SealedSecret { get; init; }

    public long SubscriberId { get; init; }

    public Subscriber Subscriber { get; init; } = null!;

    /// <summary>Profile of the certificate.</summary>
    public required string Profile { get; init; }

    /// <summary>Until when a first request is taken. One that came in time may be finished later.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether a person approves the request before the CA gets it.</summary>
    public bool ApproveByHand { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo that the first request came with: a repetition is welcome, another key is not.</summary>
    public byte[]? SpkiSha256 { get; set; }

    public int WrongTries { get; set; }

    /// <summary>When its certificate was confirmed.</summary>
    public DateTimeOffset? SpentAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<CmpReference>
    {
        public void Configure(EntityTypeBuilder<CmpReference> builder)
        {
            builder.ToTable("cmp_references");
            builder.Property(r => r.Reference).HasMaxLength(40);
            builder.HasIndex(r => r.Reference).IsUnique();
            builder.Property(r => r.SealedSecret).HasMaxLength(200);
            builder.Property(r => r.Profile).HasMaxLength(64);
            builder.Property(r => r.SpkiSha256).HasMaxLength(32);
            builder.HasOne(r => r.Subscriber).WithMany().HasForeignKey(r => r.SubscriberId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
