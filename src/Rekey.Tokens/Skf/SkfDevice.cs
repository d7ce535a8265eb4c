using System.Text;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Skf;

/// <summary>A connected device and what it tells about itself (DEVINFO, GM/T 0016-2012 clause 6.4.2).</summary>
internal sealed class SkfDevice : IDisposable
{
    private const ulong Rsa = 0x10000;
    private const ulong Sm2 = 0x20F00;
    private const int NameSize = 64;
    private const int LabelSize = 32;

    private readonly SkfLibrary library;

    private SkfDevice(SkfLibrary library, nuint handle)
    {
        this.library = library;
        Handle = handle;
    }

    /// <summary>DEVHANDLE.</summary>
    public nuint Handle { get; }

    /// <summary>Its binary interface.</summary>
    public required SkfAbi Abi { get; init; }

    /// <summary>As it names its maker.</summary>
    public required string Manufacturer { get; init; }

    /// <summary>As it numbers itself.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>For people.</summary>
    public required string Label { get; init; }

    /// <summary>AlgAsymCap.</summary>
    public required ulong Asymmetric { get; init; }

    /// <summary>Octets left for keys, certificates and files.</summary>
    public required long FreeSpace { get; init; }

    /// <summary>Suites that it can generate keys of and sign with.</summary>
    public IReadOnlyList<AlgorithmSuite> Generates =>
        [.. new[] { (Rsa, AlgorithmSuite.Rsa2048), (Sm2 & 0xFFF, AlgorithmSuite.Sm2) }.Where(s => (Asymmetric & s.Item1) != 0).Select(s => s.Item2)];

    /// <summary>Connects.</summary>
    /// <exception cref="TokenException">Gone, or with an interface that cannot be told.</exception>
    public static SkfDevice Connect(SkfLibrary library, SkfProfile profile, string name)
    {
        using var text = new NativeBuffer(Encoding.UTF8.GetBytes(name));
        using var slot = NativeBuffer.Slot();
        library.Call("SKF_ConnectDev", text.Address, slot.Address);
        var handle = (nuint)slot.Number;
        try
        {
            using var info = new NativeBuffer(SkfAbi.DeviceInfoRoom);
            library.Call("SKF_GetDevInfo", handle, info.Address);
            return Read(library, handle, profile.AbiOf(info.Span), info.Span);
        }
        catch (TokenException)
        {
            library.CloseQuietly("SKF_DisConnectDev", handle);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => library.CloseQuietly("SKF_DisConnectDev", Handle);

    private static SkfDevice Read(SkfLibrary library, nuint handle, SkfAbi abi, ReadOnlySpan<byte> info)
    {
        const int Version = 2;
        var reader = new SkfReader(abi, info);
        reader.Octets(Version);
        var manufacturer = Text(reader.Octets(NameSize));
        reader.Octets(NameSize); // the issuer
        var (label, serial) = (Text(reader.Octets(LabelSize)), Text(reader.Octets(LabelSize)));
        reader.Octets(2 * Version);
        reader.Ulong(); // ciphers
        var asymmetric = reader.Ulong();
        reader.Ulong(); // hashes
        reader.Ulong(); // the cipher of SKF_DevAuth
        reader.Ulong(); // all space
        return new(library, handle)
        {
            Abi = abi,
            Manufacturer = manufacturer,
            SerialNumber = serial,
            Label = label,
            Asymmetric = asymmetric,
            FreeSpace = (long)reader.Ulong(),
        };
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]).Trim();
    }
}
