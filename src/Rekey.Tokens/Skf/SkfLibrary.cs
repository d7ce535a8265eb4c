using System.Runtime.InteropServices;
using System.Text;

namespace Rekey.Tokens.Skf;

/// <summary>
/// A vendor's library and its functions, called by name. Every argument is one register wide whatever the width of ULONG, results come
/// back into eight octets that were zero, and the return value is 32 bits of whatever is returned; so one way of calling serves all.
/// </summary>
internal sealed unsafe class SkfLibrary : IDisposable
{
    /// <summary>Longest list, key or certificate that is read.</summary>
    private const int Longest = 1024 * 1024;

    /// <summary>Room for libraries that do not tell a size when they are asked.</summary>
    private const int Generous = 64 * 1024;

    private const uint InvalidParameter = 0x0A000006;

    private readonly nint library;
    private readonly Dictionary<string, nint> functions = [];

    private SkfLibrary(nint library) => this.library = library;

    /// <summary>Whether a library offers this interface; it stays loaded, for whoever then uses it.</summary>
    /// <exception cref="TokenException">It cannot be loaded.</exception>
    public static bool Is(string path) => NativeLibrary.TryGetExport(LoadFile(path), "SKF_EnumDev", out _);

    /// <summary>Loads a library.</summary>
    /// <exception cref="TokenException">It cannot be loaded.</exception>
    public static SkfLibrary Load(string path) => new(LoadFile(path));

    /// <summary>Whether the library has a function: what it lacks, its tokens cannot do.</summary>
    public bool Has(string function) => Find(function) != 0;

    /// <summary>Calls a function.</summary>
    /// <exception cref="TokenException">It is missing, or returned anything but SAR_OK.</exception>
    public void Call(string function, params ReadOnlySpan<nuint> arguments)
    {
        var code = Try(function, arguments);
        if (code != 0)
        {
            throw SarTable.Exception(function, code);
        }
    }

    /// <summary>Calls a function and gives what it returned.</summary>
    /// <exception cref="TokenException">It is missing.</exception>
    public uint Try(string function, params ReadOnlySpan<nuint> a)
    {
        var f = Needed(function);
        return a.Length switch
        {
            1 => ((delegate* unmanaged<nuint, uint>)f)(a[0]),
            2 => ((delegate* unmanaged<nuint, nuint, uint>)f)(a[0], a[1]),
            3 => ((delegate* unmanaged<nuint, nuint, nuint, uint>)f)(a[0], a[1], a[2]),
            4 => ((delegate* unmanaged<nuint, nuint, nuint, nuint, uint>)f)(a[0], a[1], a[2], a[3]),
            5 => ((delegate* unmanaged<nuint, nuint, nuint, nuint, nuint, uint>)f)(a[0], a[1], a[2], a[3], a[4]),
            6 => ((delegate* unmanaged<nuint, nuint, nuint, nuint, nuint, nuint, uint>)f)(a[0], a[1], a[2], a[3], a[4], a[5]),
            _ => throw new ArgumentException("no function here takes so many arguments", nameof(a)),
        };
    }

    /// <summary>SKF_EncryptInit or SKF_DecryptInit, whose second argument is a structure by value.</summary>
    public void CipherInit(string function, nuint key, SkfCipherParameter parameter)
    {
        var code = ((delegate* unmanaged<nuint, SkfCipherParameter, uint>)Needed(function))(key, parameter);
        if (code != 0)
        {
            throw SarTable.Exception(function, code);
        }
    }

    /// <summary>Opens something: the last argument receives a handle.</summary>
    public nuint Open(string function, nuint parent, string name)
    {
        using var text = new NativeBuffer(Encoding.UTF8.GetBytes(name));
        using var handle = NativeBuffer.Slot();
        Call(function, parent, text.Address, handle.Address);
        return (nuint)handle.Number;
    }

    /// <summary>Gives a handle back; that it does not want to go disturbs nobody.</summary>
    public void CloseQuietly(string function, nuint handle)
    {
        if (Has(function))
        {
            Try(function, handle);
        }
    }

    /// <summary>Octets of any length: asked for their size first, then for themselves. The last two arguments are buffer and size.</summary>
    /// <returns>Null when the function says with one of <paramref name="absent"/> that there is nothing.</returns>
    public byte[]? Read(string function, IReadOnlyList<uint> absent, params ReadOnlySpan<nuint> arguments)
    {
        using var size = NativeBuffer.Slot();
        var code = Try(function, [.. arguments, 0, size.Address]);
        if (absent.Contains(code))
        {
            return null;
        }

        if (code is not (0 or InvalidParameter))
        {
            throw SarTable.Exception(function, code);
        }

        var room = code == 0 && size.Number > 0 ? (int)Math.Min(size.Number, Longest) : Generous;
        using var buffer = new NativeBuffer(room + sizeof(ulong));
        size.Number = (ulong)room;
        code = Try(function, [.. arguments, buffer.Address, size.Address]);
        return absent.Contains(code) ? null
            : code != 0 ? throw SarTable.Exception(function, code)
            : buffer.Span[..(int)Math.Min(size.Number, (ulong)room)].ToArray();
    }

    /// <summary>A list of names, each ended by NUL.</summary>
    public IReadOnlyList<string> List(string function, params ReadOnlySpan<nuint> arguments) =>
        [.. Encoding.UTF8.GetString(Read(function, [], arguments)!).Split('\0', StringSplitOptions.RemoveEmptyEntries)];

    /// <inheritdoc/>
    public void Dispose() => NativeLibrary.Free(library);

    private static nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new TokenException(TokenFault.Driver, $"{Path.GetFileName(path)}: cannot be loaded", e);
        }
    }

    private nint Needed(string function) => Find(function) is not 0 and var found ? found : throw new TokenException(TokenFault.NotSupported, $"{function} is missing");

    private nint Find(string function)
    {
        if (!functions.TryGetValue(function, out var found))
        {
            NativeLibrary.TryGetExport(library, function, out found);
            functions[function] = found;
        }

        return found;
    }
}
