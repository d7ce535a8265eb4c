using System.Security.Cryptography;

namespace Rekey.SoftToken.Storage;

/// <summary>Secrets at rest: AES-256-GCM, stored as nonce || tag || ciphertext.</summary>
internal static class SealedBox
{
    public const int KeySize = 32;

    /// <summary>
    /// PBKDF2 rounds of a PIN. Modest, because each login pays for them and this token guards test keys; who has the folder has the
    /// device's key too, and then nothing but the PIN's length counts.
    /// </summary>
    private const int PinRounds = 10_000;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> secret)
    {
        var box = new byte[NonceSize + TagSize + secret.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(box.AsSpan(0, NonceSize), secret, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize));
        return box;
    }

    /// <summary>Null when the key is another or the box was altered. The caller clears the secret.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceSize + TagSize)
        {
            return null;
        }

        var secret = GC.AllocateUninitializedArray<byte>(box.Length - NonceSize - TagSize, pinned: true);
        using var gcm = new AesGcm(key, TagSize);
        try
        {
            gcm.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), secret);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>The key that a PIN opens its box with. Without the device's key a copied state file is no target for guesses.</summary>
    public static byte[] PinKey(ReadOnlySpan<byte> pin, byte[] salt, byte[] deviceKey)
    {
        Span<byte> stretched = stackalloc byte[KeySize];
        Rfc2898DeriveBytes.Pbkdf2(pin, salt, stretched, PinRounds, HashAlgorithmName.SHA256);
        var key = HMACSHA256.HashData(deviceKey, stretched);
        CryptographicOperations.ZeroMemory(stretched);
        return key;
    }
}
