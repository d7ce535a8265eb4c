using System.Buffers.Binary;

namespace Rekey.Tokens.Skf;

/// <summary>Lays out a structure for a library, field by field.</summary>
internal sealed class SkfWriter(SkfAbi abi)
{
    private readonly List<byte> content = [];

    /// <summary>A ULONG, at its place.</summary>
    public SkfWriter Ulong(uint value)
    {
        if (abi.Natural)
        {
            content.AddRange(new byte[-content.Count & (abi.UlongSize - 1)]);
        }

        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        content.AddRange(field[..abi.UlongSize]);
        return this;
    }

    /// <summary>A field of octets with a value at its right end.</summary>
    public SkfWriter Right(ReadOnlySpan<byte> value, int size)
    {
        content.AddRange(new byte[size - value.Length]);
        content.AddRange(value);
        return this;
    }

    /// <summary>A field of octets with a value at its left end.</summary>
    public SkfWriter Left(ReadOnlySpan<byte> value, int size)
    {
        content.AddRange(value);
        content.AddRange(new byte[size - value.Length]);
        return this;
    }

    /// <summary>The structure.</summary>
    public byte[] ToArray() => [.. content];
}
