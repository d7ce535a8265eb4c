namespace Rekey.SoftToken.Abi;

/// <summary>Reads a structure of the caller field by field, in the order of the standard.</summary>
internal unsafe ref struct StructReader(Variant variant, byte* start)
{
    private int at;

    /// <summary>Octets read so far.</summary>
    public readonly int Position => at;

    public uint Ulong()
    {
        Align();
        var value = CallerMemory.ReadUlong(variant, start + at);
        at += variant.UlongSize;
        return value;
    }

    public byte[] Octets(int size)
    {
        var value = new ReadOnlySpan<byte>(start + at, size).ToArray();
        at += size;
        return value;
    }

    /// <summary>A number of 32 octets at the right end of a field of 64; what is before it must be zero.</summary>
    public byte[] Number()
    {
        var field = Octets(Blobs.FieldSize);
        SarException.ThrowIf(field.AsSpan(0, Blobs.FieldSize / 2).IndexOfAnyExcept((byte)0) >= 0, Sar.InputData);
        return field[(Blobs.FieldSize / 2)..];
    }

    private void Align()
    {
        if (variant.Natural)
        {
            at = (at + variant.UlongSize - 1) & -variant.UlongSize;
        }
    }
}
