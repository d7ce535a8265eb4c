using System.Buffers.Binary;

namespace Rekey.Tokens.Skf;

/// <summary>Reads a structure that a library filled, field by field.</summary>
internal ref struct SkfReader(SkfAbi abi, ReadOnlySpan<byte> structure)
{
    private readonly ReadOnlySpan<byte> structure = structure;

    /// <summary>Octets read so far.</summary>
    public int Position { get; set; }

    /// <summary>A ULONG, at its place.</summary>
    public ulong Ulong()
    {
        Position = abi.Natural ? (Position + abi.UlongSize - 1) & -abi.UlongSize : Position;
        var field = Octets(abi.UlongSize);
        return abi.UlongSize == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(field) : BinaryPrimitives.ReadUInt64LittleEndian(field);
    }

    /// <summary>A field of octets.</summary>
    /// <exception cref="TokenException">The structure is shorter: the library is not what its profile says.</exception>
    public ReadOnlySpan<byte> Octets(int size)
    {
        if (structure.Length - Position < size)
        {
            throw new TokenException(TokenFault.Driver, "skf: a structure is too short");
        }

        var field = structure.Slice(Position, size);
        Position += size;
        return field;
    }
}
