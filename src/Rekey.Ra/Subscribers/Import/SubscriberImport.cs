using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>An import of the valid rows of a file: how far it is, so that it goes on where it was when its process ended.</summary>
internal sealed class SubscriberImport
{
    public long Id { get; init; }

    /// <summary>Of the file's octets: the same file goes on with the import that it began.</summary>
    public required byte[] Sha256 { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while rows are left.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Number of the last row that is dealt with, committed with what became of it; 0 before the first.</summary>
    public int LastRow { get; set; }

    public int Rows { get; set; }

    public int Added { get; set; }

    public int Unchanged { get; set; }
}

internal sealed class SubscriberImportConfiguration : IEntityTypeConfiguration<SubscriberImport>
{
    public void Configure(EntityTypeBuilder<SubscriberImport> builder)
    {
        builder.ToTable("subscriber_imports");
        builder.Property(i => i.Sha256).HasMaxLength(32);
        builder.HasIndex(i => i.Sha256);
    }
}
