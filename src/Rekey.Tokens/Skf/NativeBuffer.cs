using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Rekey.Tokens.Skf;

/// <summary>Memory that a library reads and writes: it does not move, begins as zeros, and is cleared when it is given back.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private readonly int size;
    private void* memory;

    /// <summary>Zeros.</summary>
    public NativeBuffer(int size)
    {
        this.size = size;
        memory = NativeMemory.AllocZeroed((nuint)size);
    }

    /// <summary>A value and a NUL behind it.</summary>
    public NativeBuffer(ReadOnlySpan<byte> value)
        : this(value.Length + 1) => value.CopyTo(Span);

    /// <summary>Where it is, as an argument.</summary>
    public nuint Address => (nuint)memory;

    /// <summary>What is in it.</summary>
    public Span<byte> Span => new(memory, size);

    /// <summary>A ULONG or a handle of up to eight octets: what a shorter one does not fill is zero.</summary>
    public ulong Number
    {
        get => MemoryMarshal.Read<ulong>(Span);
        set => MemoryMarshal.Write(Span, value);
    }

    /// <summary>A place for a number or handle that a library gives.</summary>
    public static NativeBuffer Slot() => new(sizeof(ulong));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (memory != null)
        {
            CryptographicOperations.ZeroMemory(Span);
            NativeMemory.Free(memory);
            memory = null;
        }
    }
}
