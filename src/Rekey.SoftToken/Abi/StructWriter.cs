using System.Buffers.Binary;

namespace Rekey.SoftToken.Abi;

/// <summary>Lays out a structure field by field, in the order of the standard, as the variant demands.</summary>
internal sealed class StructWriter(Variant variant)
{
    private readonly List<byte> content = [];

    public StructWriter Ulong(uint value)
    {
        Align();
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        content.AddRange(field[..variant.UlongSize]);
        return this;
    }

    /// <summary>A field of octets, filled from the left.</summary>
    public StructWriter Left(ReadOnlySpan<byte> value, int size)
    {
        content.AddRange(value[..Math.Min(value.Length, size)]);
        content.AddRange(new byte[Math.Max(0, size - value.Length)]);
        return this;
    }

    /// <summary>A number in a field that is wider than it: at the right end, zeros before it.</summary>
    public StructWriter Right(ReadOnlySpan<byte> value, int size)
    {
        content.AddRange(new byte[size - value.Length]);
        content.AddRange(value);
        return this;
    }

    /// <summary>The structure with the gap at its end, if it has one.</summary>
    public byte[] ToArray()
    {
        Align();
        return [.. content];
    }

    /// <summary>The structure up to its last octet: for one that ends in an array of open length.</summary>
    public byte[] ToOpenArray() => [.. content];

    private void Align()
    {
        if (variant.Natural)
        {
            content.AddRange(new byte[-content.Count & (variant.UlongSize - 1)]);
        }
    }
}
