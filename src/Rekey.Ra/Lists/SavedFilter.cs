using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Lists;

/// <summary>A filter of a list of the console that an operator keeps for herself.</summary>
internal sealed class SavedFilter
{
    public long Id { get; init; }

    /// <summary>Whose, as in the audit log.</summary>
    public required string Owner { get; init; }

    /// <summary>Path of the list's page.</summary>
    public required string List { get; init; }

    public required string Name { get; init; }

    /// <summary>Query of the list's address, without a place in the list.</summary>
    public required string Query { get; set; }

    public DateTimeOffset SavedAt { get; set; }
}

internal sealed class SavedFilterConfiguration : IEntityTypeConfiguration<SavedFilter>
{
    public void Configure(EntityTypeBuilder<SavedFilter> builder)
    {
        builder.ToTable("saved_filters");
        builder.Property(f => f.Owner).HasMaxLength(200);
        builder.Property(f => f.List).HasMaxLength(100);
        builder.Property(f => f.Name).HasMaxLength(SavedFilters.MostOfName);
        builder.Property(f => f.Query).HasMaxLength(SavedFilters.MostOfQuery);
        builder.HasIndex(f => new { f.Owner, f.List, f.Name }).IsUnique();
    }
}
