using System.Security.Cryptography;
using Rekey.Store.Keys;

namespace Rekey.Ra.Cmp;

/// <summary>Seals what must be had in clear again (AES-256-GCM), under a key that is not in the database.</summary>
public sealed class SecretBox
{
    // Slow on purpose, and done once per start: an administrator may have typed a short passphrase.
    private const int Iterations = 600_000;

    private readonly byte[] key;

    private SecretBox(byte[] key) => this.key = key;

    /// <summary>A box whose key is derived from the passphrase of the RA's key file.</summary>
    public static SecretBox FromPassphrase(string passphrase) =>
        new(Rfc2898DeriveBytes.Pbkdf2(passphrase, "rekey ra secrets v1"u8, Iterations, HashAlgorithmName.SHA256, 32));

    /// <summary>Seals a secret.</summary>
    /// <param name="secret">In clear; the caller clears it.</param>
    /// <param name="context">What it belongs to; opening needs the same, so that sealed secrets cannot be exchanged for one another.</param>
    public byte[] Seal(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => GcmBox.Seal(key, secret, context);

    /// <summary>Opens a sealed secret; the caller clears it.</summary>
    /// <exception cref="CryptographicException">Sealed under another key, in another context, or changed.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedSecret, ReadOnlySpan<byte> context) => GcmBox.Open(key, sealedSecret, context);
}
