using System.Security.Cryptography;

namespace Rekey.Store.Keys;

/// <summary>
/// Secrets in a store: AES-GCM with a fresh nonce for each, as nonce (12 octets), ciphertext, tag (16). By keys and not by ciphers, because
/// an <see cref="AesGcm"/> is one context of libcrypto: two threads in it make boxes that nobody opens.
/// </summary>
public static class GcmBox
{
    /// <summary>How many octets a box is longer than what is in it.</summary>
    public const int Overhead = NonceSize + TagSize;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Seals.</summary>
    /// <param name="key">Of AES; 32 octets for AES-256.</param>
    /// <param name="secret">In clear; the caller clears it.</param>
    /// <param name="context">What it belongs to; opening needs the same.</param>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        var box = new byte[Overhead + secret.Length];
        var nonce = box.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagSize);
        cipher.Encrypt(nonce, secret, box.AsSpan(NonceSize, secret.Length), box.AsSpan(NonceSize + secret.Length), context);
        return box;
    }

    /// <summary>Opens; the caller clears the secret.</summary>
    /// <exception cref="CryptographicException">Sealed under another key, in another context, or changed.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        if (box.Length < Overhead)
        {
            throw new CryptographicException("the sealed secret is cut short");
        }

        using var cipher = new AesGcm(key, TagSize);
        var secret = new byte[box.Length - Overhead];
        try
        {
            cipher.Decrypt(box[..NonceSize], box[NonceSize..^TagSize], box[^TagSize..], secret, context);
            return secret;
        }
        catch
        {
            CryptographicOperations.ZeroMemory(secret);
            throw;
        }
    }
}
