using System.Runtime.InteropServices;
using System.Text;

namespace Rekey.SoftToken.Abi;

/// <summary>Reads and writes what a caller's pointers lead to. Null where something must be is an invalid parameter.</summary>
internal static unsafe class CallerMemory
{
    /// <summary>Longest text that a caller may pass; none of the interface is longer than a container's name.</summary>
    private const int LongestText = 256;

    /// <summary>Longest data of one call: the device's buffer, as it tells in DEVINFO.</summary>
    public const int LongestData = 1024 * 1024;

    /// <summary>An argument of type ULONG: with 32 bits the upper half of its register is anything.</summary>
    public static uint Ulong(Variant variant, nuint argument)
    {
        SarException.ThrowIf(variant.UlongSize == 8 && argument > uint.MaxValue, Sar.InvalidParameter);
        return (uint)argument;
    }

    /// <summary>An argument of type BOOL.</summary>
    public static bool Bool(nuint argument) => (uint)argument != 0;

    public static uint ReadUlong(Variant variant, void* from)
    {
        NotNull(from);
        if (variant.UlongSize == 4)
        {
            return MemoryMarshal.Read<uint>(new(from, 4));
        }

        var value = MemoryMarshal.Read<ulong>(new(from, 8));
        return value <= uint.MaxValue ? (uint)value : throw new SarException(Sar.InvalidParameter);
    }

    public static void WriteUlong(Variant variant, void* to, uint value)
    {
        NotNull(to);
        if (variant.UlongSize == 4)
        {
            MemoryMarshal.Write(new(to, 4), value);
        }
        else
        {
            MemoryMarshal.Write(new(to, 8), (ulong)value);
        }
    }

    /// <summary>BOOL is four octets, as <c>int</c> is.</summary>
    public static void WriteBool(void* to, bool value)
    {
        NotNull(to);
        MemoryMarshal.Write(new(to, 4), value ? 1 : 0);
    }

    public static void WriteHandle(void* to, nuint value)
    {
        NotNull(to);
        MemoryMarshal.Write(new(to, sizeof(nuint)), value);
    }

    public static ReadOnlySpan<byte> Data(void* from, uint length)
    {
        SarException.ThrowIf(length > LongestData, Sar.InputLength);
        if (length > 0)
        {
            NotNull(from);
        }

        return new(from, (int)length);
    }

    public static void Write(void* to, ReadOnlySpan<byte> value)
    {
        NotNull(to);
        value.CopyTo(new(to, value.Length));
    }

    /// <summary>A NUL-ended text as octets, without copying: a PIN is not left behind.</summary>
    public static ReadOnlySpan<byte> Octets(byte* text)
    {
        NotNull(text);
        var length = new ReadOnlySpan<byte>(text, LongestText).IndexOf((byte)0);
        return length >= 0 ? new(text, length) : throw new SarException(Sar.NameLength);
    }

    /// <summary>A name: 1 to <paramref name="longest"/> octets of UTF-8.</summary>
    public static string Name(byte* text, int longest)
    {
        var octets = Octets(text);
        SarException.ThrowIf(octets.Length == 0 || octets.Length > longest, Sar.NameLength);
        return Encoding.UTF8.GetString(octets);
    }

    /// <summary>
    /// Answers with octets of any length: without a buffer only how many there are, with one that is too small as well, and an error.
    /// </summary>
    public static void Answer(Variant variant, byte* buffer, void* size, ReadOnlySpan<byte> value)
    {
        if (buffer == null)
        {
            WriteUlong(variant, size, (uint)value.Length);
            return;
        }

        var room = ReadUlong(variant, size);
        WriteUlong(variant, size, (uint)value.Length);
        SarException.ThrowIf(room < value.Length, Sar.BufferTooSmall);
        Write(buffer, value);
    }

    /// <summary>Whether the caller only asks for the size: what changes something must not happen yet.</summary>
    public static bool IsSizeQuery(byte* buffer) => buffer == null;

    /// <summary>Answers with names, each ended by NUL, and one more NUL at the end.</summary>
    public static void Answer(Variant variant, byte* buffer, void* size, IEnumerable<string> names) =>
        Answer(variant, buffer, size, Encoding.UTF8.GetBytes(string.Concat(names.Select(n => n + "\0")) + "\0"));

    private static void NotNull(void* pointer) => SarException.ThrowIf(pointer == null, Sar.InvalidParameter);
}
