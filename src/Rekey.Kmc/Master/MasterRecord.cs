using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Kmc.Store;

namespace Rekey.Kmc.Master;

/// <summary>A version of the master as the store knows it: not the master, but enough to tell whether the one at hand is the right one.</summary>
public sealed class MasterRecord
{
    /// <summary>1, 2, 3 …; new keys are sealed under the highest.</summary>
    public required int Version { get; init; }

    /// <summary>A check value that shows the master without revealing it: see <see cref="MasterKeys.CheckValue(int)"/>.</summary>
    public required byte[] CheckValue { get; init; }

    /// <summary>When keys began to be sealed under it.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the last key was moved to a later version; null while it is needed.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<MasterRecord>
    {
        public void Configure(EntityTypeBuilder<MasterRecord> builder)
        {
            builder.ToTable("masters").HasKey(m => m.Version);
            builder.Property(m => m.Version).ValueGeneratedNever();
            builder.Property(m => m.CheckValue).HasMaxLength(32);
        }
    }
}

/// <summary>Which version is in force.</summary>
internal static class MasterRecords
{
    /// <summary>The version that new keys are sealed under.</summary>
    public static Task<int> CurrentMasterAsync(this KmcDbContext db, CancellationToken ct) => db.Masters.MaxAsync(m => m.Version, ct);
}
