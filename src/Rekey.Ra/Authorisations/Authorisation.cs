using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Contract.Download;
using Rekey.Pki.Cmp;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Authorisations;

/// <summary>How far a download authorisation is. Expiry is no state: it is asked for by the clock.</summary>
public enum AuthorisationState
{
    /// <summary>Made; its codes were shown. Its maker has yet to sign it.</summary>
    Made,

    /// <summary>Its maker has signed it; another person has to check it.</summary>
    Waiting,

    /// <summary>Both have signed: its codes are taken.</summary>
    Approved,

    /// <summary>The checker refused it.</summary>
    Refused,

    /// <summary>Withdrawn before it was used.</summary>
    Withdrawn,

    /// <summary>Used: the CA has confirmed its certificates.</summary>
    Spent,
}

/// <summary>
/// A download authorisation (证书下载授权). What it allows stands in <see cref="Document"/>, which two people sign; the columns beside it
/// repeat of that what is searched for. Nothing of it is edited: who wants it otherwise withdraws it and makes another.
/// </summary>
internal sealed class Authorisation
{
    public long Id { get; init; }

    /// <summary>The <see cref="ReferenceNumber"/>.</summary>
    public required string Reference { get; init; }

    public long SubscriberId { get; init; }

    public Subscriber Subscriber { get; init; } = null!;

    /// <summary>The <see cref="AuthorisationDocument"/>'s octets.</summary>
    public required byte[] Document { get; init; }

    public required byte[] DocumentSha256 { get; init; }

    /// <summary><see cref="AuthorisationCode.HashOf"/>: all that is kept of the code.</summary>
    public required byte[] CodeHash { get; init; }

    public required string Profile { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public AuthorisationState State { get; set; }

    /// <summary>Stable identifier of the person who made it.</summary>
    public required string Maker { get; init; }

    public DateTimeOffset MadeAt { get; init; }

    /// <summary>Detached signature of the maker; null until then.</summary>
    public byte[]? MakerSignature { get; set; }

    /// <summary>Stable identifier of the person who approved, refused or withdrew it.</summary>
    public string? Decider { get; set; }

    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>Why it was refused or withdrawn.</summary>
    public string? DecisionReason { get; set; }

    /// <summary>Detached signature of the checker; null until then.</summary>
    public byte[]? CheckerSignature { get; set; }

    public DateTimeOffset? SpentAt { get; set; }

    public int Version { get; set; }

    /// <summary>What it allows.</summary>
    public AuthorisationDocument Read() => AuthorisationDocument.Parse(Document);

    /// <summary>What proves it to the CA.</summary>
    /// <param name="codeProof">That its code was typed: <see cref="AuthorisationCode.ProofFor"/>.</param>
    public AuthorisationEvidence Evidence(byte[] codeProof) => new(Document, MakerSignature ?? [], CheckerSignature ?? [], codeProof);

    internal sealed class Mapping : IEntityTypeConfiguration<Authorisation>
    {
        public void Configure(EntityTypeBuilder<Authorisation> builder)
        {
            builder.ToTable("authorisations");
            builder.Property(a => a.Reference).HasMaxLength(ReferenceNumber.Length);
            builder.HasIndex(a => a.Reference).IsUnique();
            builder.Property(a => a.Document).HasMaxLength(AuthorisationDocument.MaxLength);
            builder.Property(a => a.DocumentSha256).HasMaxLength(32);
            builder.HasIndex(a => a.DocumentSha256).IsUnique();
            builder.Property(a => a.CodeHash).HasMaxLength(AuthorisationDocument.HashLength);
            builder.Property(a => a.Profile).HasMaxLength(64);
            builder.Property(a => a.State).HasConversion<string>().HasMaxLength(16);
            builder.Property(a => a.Maker).HasMaxLength(64);
            builder.Property(a => a.Decider).HasMaxLength(64);
            builder.Property(a => a.DecisionReason).HasMaxLength(PlainLine.MostOfReason);
            builder.Property(a => a.Version).IsConcurrencyToken();
            builder.HasIndex(a => new { a.State, a.ExpiresAt });
            builder.HasOne(a => a.Subscriber).WithMany().HasForeignKey(a => a.SubscriberId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}

/// <summary>Wrong codes typed for a reference number, whether anybody was given that number or not.</summary>
internal sealed class CodeTries
{
    /// <summary>The reference number as it was typed, in its form.</summary>
    public required string Reference { get; init; }

    /// <summary>Wrong codes so far.</summary>
    public int Wrong { get; set; }

    public DateTimeOffset LastAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<CodeTries>
    {
        public void Configure(EntityTypeBuilder<CodeTries> builder)
        {
            builder.ToTable("authorisation_tries").HasKey(t => t.Reference);
            builder.Property(t => t.Reference).HasMaxLength(ReferenceNumber.Length);
            builder.HasIndex(t => t.LastAt);
        }
    }
}
