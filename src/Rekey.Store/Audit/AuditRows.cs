using Microsoft.EntityFrameworkCore;

namespace Rekey.Store.Audit;

/// <summary>An entry as its act wrote it. Only <see cref="LeafIndex"/> is ever set later, by the sequencer.</summary>
internal sealed class AuditEntryRow
{
    public long Id { get; init; }

    public required Guid Writer { get; init; }

    /// <summary>Gapless per writer, from 1 on.</summary>
    public required long Counter { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Kind { get; init; }

    public required string Target { get; init; }

    /// <summary>The leaf's content, UTF-8 JSON; its octets are what counts.</summary>
    public required byte[] Body { get; init; }

    /// <summary>HMAC-SHA-256 of <see cref="Body"/> by a key outside the database.</summary>
    public required byte[] Mac { get; init; }

    public long? LeafIndex { get; set; }
}

/// <summary>A value that the log only commits to; may be erased.</summary>
internal sealed class AuditPersonalRow
{
    public required Guid Writer { get; init; }

    public required long Counter { get; init; }

    public required string Field { get; init; }

    public required byte[] Salt { get; init; }

    public required string Value { get; init; }
}

/// <summary>How far a writer's rows are in the tree.</summary>
internal sealed class AuditWriterRow
{
    public required Guid Writer { get; init; }

    public required long Counter { get; set; }

    /// <summary>Leaf hash of its last row.</summary>
    public required byte[] Hash { get; set; }
}

/// <summary>256 hashes of the tree, or fewer at its right edge.</summary>
internal sealed class AuditTileRow
{
    public required int Level { get; init; }

    public required long Index { get; init; }

    public required byte[] Hashes { get; set; }
}

/// <summary>A signed head of the tree.</summary>
internal sealed class AuditCheckpointRow
{
    public required long Size { get; init; }

    public required byte[] Root { get; init; }

    public required string Note { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>The audit tables, the same in every authority's store.</summary>
public static class AuditModel
{
    /// <summary>Adds the audit tables to an authority's model.</summary>
    public static void AddAudit(this ModelBuilder model)
    {
        model.Entity<AuditEntryRow>(e =>
        {
            e.ToTable("audit_entries");
            e.HasIndex(x => new { x.Writer, x.Counter }).IsUnique();
            e.HasIndex(x => x.LeafIndex).IsUnique();
            e.HasIndex(x => x.Id).HasFilter("leaf_index is null").HasDatabaseName("ix_audit_entries_unsequenced");
            e.HasIndex(x => x.Target);
            e.HasIndex(x => x.At);
            e.Property(x => x.Kind).HasMaxLength(64);
            e.Property(x => x.Target).HasMaxLength(200);
            e.Property(x => x.Mac).HasMaxLength(32);
        });
        model.Entity<AuditPersonalRow>(e =>
        {
            e.ToTable("audit_personal");
            e.HasKey(x => new { x.Writer, x.Counter, x.Field });
            e.Property(x => x.Field).HasMaxLength(64);
            e.Property(x => x.Salt).HasMaxLength(16);
        });
        model.Entity<AuditWriterRow>(e =>
        {
            e.ToTable("audit_writers");
            e.HasKey(x => x.Writer);
            e.Property(x => x.Hash).HasMaxLength(32);
        });
        model.Entity<AuditTileRow>(e =>
        {
            e.ToTable("audit_tiles");
            e.HasKey(x => new { x.Level, x.Index });
        });
        model.Entity<AuditCheckpointRow>(e =>
        {
            e.ToTable("audit_checkpoints");
            e.HasKey(x => x.Size);
            e.Property(x => x.Size).ValueGeneratedNever();
            e.Property(x => x.Root).HasMaxLength(32);
        });
    }
}
