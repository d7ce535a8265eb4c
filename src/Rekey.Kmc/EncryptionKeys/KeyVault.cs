using System.Buffers.Binary;
using System.Security.Cryptography;
using Rekey.Kmc.Master;
using Rekey.Store.Keys;

namespace Rekey.Kmc.EncryptionKeys;

/// <summary>What a sealed private key is bound to: opened as any other row's, or beside another public key, it opens as nothing.</summary>
/// <param name="KeyId">Name of the key.</param>
/// <param name="Master">Version of the master.</param>
/// <param name="Spki">DER of its public half.</param>
internal sealed record SealedIdentity(Guid KeyId, int Master, byte[] Spki)
{
    public static SealedIdentity Of(EncryptionKey key) => new(key.KeyId, key.MasterVersion, key.Spki);

    public byte[] ToOctets()
    {
        var version = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(version, Master);
        return [.. "rekey kmc key v1\0"u8, .. KeyId.ToByteArray(bigEndian: true), .. version, .. SHA256.HashData(Spki)];
    }
}

/// <summary>
/// Private keys under the master: AES-256-GCM with a fresh nonce for each sealing and the row's identity as associated data.
/// </summary>
internal sealed class KeyVault(MasterKeys masters)
{
    /// <summary>Seals.</summary>
    /// <param name="identity">What it is bound to.</param>
    /// <param name="pkcs8">In clear; the caller clears it.</param>
    public byte[] Seal(SealedIdentity identity, ReadOnlySpan<byte> pkcs8) => GcmBox.Seal(masters.Use(identity.Master), pkcs8, identity.ToOctets());

    /// <summary>Opens a key.</summary>
    /// <returns>DER PKCS#8 in clear; the caller clears it.</returns>
    /// <exception cref="SealBrokenException">The row was altered or exchanged, or the master is another one.</exception>
    public byte[] Open(EncryptionKey key) => Open(SealedIdentity.Of(key), key.Sealed ?? throw new SealBrokenException($"the key {key.KeyId} was destroyed"));

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="SealBrokenException">Something else, or bound to another identity.</exception>
    public byte[] Open(SealedIdentity identity, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < GcmBox.Overhead)
        {
            throw new SealBrokenException($"the key {identity.KeyId} is cut short");
        }

        try
        {
            return GcmBox.Open(masters.Use(identity.Master), octets, identity.ToOctets());
        }
        catch (CryptographicException e)
        {
            throw new SealBrokenException($"the key {identity.KeyId} does not open: its row was altered, or the master is another one", e);
        }
    }
}

/// <summary>A sealed key does not open: somebody or something altered the store, or the master is not the one it was sealed under.</summary>
public sealed class SealBrokenException(string message, Exception? inner = null) : Exception(message, inner);
