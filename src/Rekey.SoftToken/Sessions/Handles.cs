using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Sessions;

/// <summary>What a handle of this process stands for.</summary>
internal abstract class Handle
{
    /// <summary>The handle that it was opened with, and with which it ends; null for a device.</summary>
    public abstract Handle? Parent { get; }

    /// <summary>The device that it leads to.</summary>
    public DeviceHandle Device => this as DeviceHandle ?? Parent!.Device;

    /// <summary>Clears what it holds of secrets.</summary>
    public virtual void Close()
    {
    }
}

internal sealed class DeviceHandle(DeviceFolder folder, int plug) : Handle
{
    public override Handle? Parent => null;

    public DeviceFolder Folder => folder;

    /// <summary>How the device was plugged in when the handle was opened; see <see cref="Control.Plug"/>.</summary>
    public int Plug => plug;

    /// <summary>The device was seen to be gone; it stays so for this handle.</summary>
    public bool Removed { get; set; }

    /// <summary>SKF_DevAuth succeeded.</summary>
    public bool Authenticated { get; set; }

    /// <summary>The random number that the next SKF_DevAuth must have encrypted.</summary>
    public byte[]? Challenge { get; set; }

    /// <summary>Who is logged in, by the application's id.</summary>
    public Dictionary<string, Login> Logins { get; } = [];

    public override void Close()
    {
        folder.Gate.Unlock(this);
        foreach (var login in Logins.Values)
        {
            login.Dispose();
        }

        Logins.Clear();
    }
}

internal sealed class ApplicationHandle(DeviceHandle device, string id) : Handle
{
    public override Handle Parent => device;

    public string Id => id;
}

internal sealed class ContainerHandle(ApplicationHandle application, string name) : Handle
{
    public override Handle Parent => application;

    public ApplicationHandle Application => application;

    public string Name => name;
}

/// <summary>A symmetric key, and the operation that is under way with it.</summary>
internal sealed class KeyHandle(DeviceHandle device, uint algorithm, byte[] key) : Handle
{
    public override Handle Parent => device;

    public uint Algorithm => algorithm;

    public ReadOnlySpan<byte> Key => key;

    public Sm4? Encryption { get; set; }

    public Sm4? Decryption { get; set; }

    public override void Close() => CryptographicOperations.ZeroMemory(key);
}

/// <summary>A hash that is under way.</summary>
internal sealed class DigestHandle(DeviceHandle device, Action<ReadOnlySpan<byte>> append, Func<byte[]> finish) : Handle
{
    public override Handle Parent => device;

    public Action<ReadOnlySpan<byte>> Append => append;

    public Func<byte[]> Finish => finish;
}

/// <summary>A MAC that is under way: the data so far, of which only the last block of the chain is wanted in the end.</summary>
internal sealed class MacHandle(KeyHandle key, Sm4 chain) : Handle
{
    public override Handle Parent => key;

    public Sm4 Chain => chain;

    /// <summary>The chain's last whole block so far.</summary>
    public byte[] LastBlock { get; set; } = [];
}

/// <summary>A key agreement that this side began.</summary>
internal sealed class AgreementHandle(ContainerHandle container, uint algorithm, Sm2PrivateKey own, Sm2PrivateKey passing, byte[] id) : Handle
{
    public override Handle Parent => container;

    public uint Algorithm => algorithm;

    public Sm2PrivateKey Own => own;

    public Sm2PrivateKey Passing => passing;

    public byte[] Id => id;

    public override void Close()
    {
        own.Dispose();
        passing.Dispose();
    }
}

/// <summary>The application's key of who gave a PIN, and what the PIN gave a right to.</summary>
internal sealed class Login(byte[] key) : IDisposable
{
    public ReadOnlySpan<byte> Key => key;

    public bool Admin { get; set; }

    public bool User { get; set; }

    public void Dispose() => CryptographicOperations.ZeroMemory(key);
}
