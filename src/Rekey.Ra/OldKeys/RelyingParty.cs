using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.OldKeys;

/// <summary>A business system (业务系统) that may say until when holders' old encryption keys are needed.</summary>
internal sealed class RelyingParty
{
    public long Id { get; init; }

    /// <summary>As holders know it: the portal shows it.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of its bearer credential, which nobody but itself has.</summary>
    public required byte[] CredentialSha256 { get; set; }

    /// <summary>When that credential was made.</summary>
    public DateTimeOffset CredentialMadeAt { get; set; }

    public DateTimeOffset AddedAt { get; init; }

    /// <summary>Since when its credential lets nobody in; null while it does. Its dates count all the same.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>How audit entries name it.</summary>
    public string Actor => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"relying-party:{Id}");
}

internal sealed class RelyingPartyConfiguration : IEntityTypeConfiguration<RelyingParty>
{
    public void Configure(EntityTypeBuilder<RelyingParty> builder)
    {
        builder.ToTable("relying_parties");
        builder.Property(p => p.Name).HasMaxLength(PlainLine.MostOfName);
        builder.HasIndex(p => p.Name).IsUnique();
        builder.Property(p => p.CredentialSha256).HasMaxLength(32);
        builder.HasIndex(p => p.CredentialSha256).IsUnique();
    }
}
