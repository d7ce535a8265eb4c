using System.Text;

namespace Rekey.Tokens.Skf;

/// <summary>A connected device. It is connected once for whatever is done with it: a second connection ends the first in some libraries.</summary>
internal sealed class SkfDevice : IDisposable
{
    private readonly SkfLibrary library;

    private SkfDevice(SkfLibrary library, nuint handle, SkfAbi abi, ReadOnlySpan<byte> info)
    {
        this.library = library;
        Handle = handle;
        Abi = abi;
        Info = SkfDeviceInfo.Read(abi, info);
    }

    /// <summary>DEVHANDLE.</summary>
    public nuint Handle { get; }

    /// <summary>Its binary interface.</summary>
    public SkfAbi Abi { get; }

    /// <summary>What it told last.</summary>
    public SkfDeviceInfo Info { get; private set; }

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
            using var info = Ask(library, handle);
            return new(library, handle, profile.AbiOf(info.Span), info.Span);
        }
        catch (TokenException)
        {
            library.CloseQuietly("SKF_DisConnectDev", handle);
            throw;
        }
    }

    /// <summary>Asks the device about itself anew.</summary>
    public void Refresh()
    {
        using var info = Ask(library, Handle);
        Info = SkfDeviceInfo.Read(Abi, info.Span);
    }

    /// <inheritdoc/>
    public void Dispose() => library.CloseQuietly("SKF_DisConnectDev", Handle);

    private static NativeBuffer Ask(SkfLibrary library, nuint handle)
    {
        var info = new NativeBuffer(SkfAbi.DeviceInfoRoom);
        try
        {
            library.Call("SKF_GetDevInfo", handle, info.Address);
            return info;
        }
        catch (TokenException)
        {
            info.Dispose();
            throw;
        }
    }
}
