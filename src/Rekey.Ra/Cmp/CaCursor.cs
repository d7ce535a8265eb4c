using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rekey.Ra.Cmp;

/// <summary>How far the RA has followed the CA's events: one row.</summary>
internal sealed class CaCursor
{
    /// <summary>The row's id.</summary>
    public const int Only = 1;

    public int Id { get; init; }

    /// <summary>Number of the last event whose effect is stored.</summary>
    public long Seq { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<CaCursor>
    {
        public void Configure(EntityTypeBuilder<CaCursor> builder)
        {
            builder.ToTable("ca_cursor");
            builder.Property(c => c.Id).ValueGeneratedNever();
        }
    }
}
