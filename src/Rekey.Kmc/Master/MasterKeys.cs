using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Rekey.Kmc.Master;

/// <summary>
/// The master as the running service uses it. A version is taken from the safe when it is first needed, so that a service follows a
/// rotation that another process makes.
/// </summary>
public sealed class MasterKeys(IMasterSafe safe) : IDisposable
{
    /// <summary>Octets of a master.</summary>
    public const int Size = 32;

    private readonly ConcurrentDictionary<int, byte[]> opened = new();
    private readonly Lock gate = new();

    /// <summary>Where the versions are.</summary>
    public IMasterSafe Safe => safe;

    /// <summary>The versions in the safe, lowest first.</summary>
    public IReadOnlyList<int> Versions => safe.Versions;

    /// <summary>Makes a new version and puts it into the safe.</summary>
    public void Make(int version)
    {
        var master = RandomNumberGenerator.GetBytes(Size);
        try
        {
            safe.Write(version, master);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(master);
        }
    }

    /// <summary>A value that is the same for the same version only; HMAC-SHA-256 under the master, so it says nothing about it.</summary>
    /// <exception cref="Pki.Keys.PrivateKeyException">The version is not in the safe.</exception>
    public byte[] CheckValue(int version)
    {
        var master = safe.Read(version);
        try
        {
            return CheckValue(master);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(master);
        }
    }

    /// <summary>The check value of a master in clear.</summary>
    public static byte[] CheckValue(ReadOnlySpan<byte> master) => HMACSHA256.HashData(master, "rekey kmc master check v1"u8);

    /// <summary>A version in clear, cleared when this is disposed.</summary>
    /// <exception cref="Pki.Keys.PrivateKeyException">The version is not in the safe.</exception>
    internal ReadOnlySpan<byte> Use(int version) => opened.TryGetValue(version, out var master) ? master : Open(version);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var master in opened.Values)
        {
            CryptographicOperations.ZeroMemory(master);
        }

        (safe as IDisposable)?.Dispose();
    }

    private byte[] Open(int version)
    {
        lock (gate)
        {
            return opened.TryGetValue(version, out var master) ? master : opened[version] = safe.Read(version);
        }
    }
}
