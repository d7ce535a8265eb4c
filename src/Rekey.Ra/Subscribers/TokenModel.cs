using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Subscribers;

/// <summary>A designated kind of key (指定的证书载体). While the list is empty, every model is accepted.</summary>
internal sealed class TokenModel
{
    public long Id { get; init; }

    public required string Manufacturer { get; init; }

    public required string Model { get; init; }
}

internal sealed class TokenModelConfiguration : IEntityTypeConfiguration<TokenModel>
{
    public void Configure(EntityTypeBuilder<TokenModel> builder)
    {
        builder.ToTable("token_models");
        builder.Property(m => m.Manufacturer).HasMaxLength(64);
        builder.Property(m => m.Model).HasMaxLength(64);
        builder.HasIndex(m => new { m.Manufacturer, m.Model }).IsUnique();
    }
}
