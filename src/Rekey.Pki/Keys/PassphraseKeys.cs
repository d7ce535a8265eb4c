using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Pki.Keys;

/// <summary>
/// Keys that PBKDF2 made of passphrases. The rounds that make guessing slow cost a service a fifth of a second for each of its key
/// files; files that one process writes under one passphrase have one salt, so one derivation opens them all. Each file still has an
/// initialisation vector of its own, and who guesses a passphrase needs no more than one of its files in any case.
/// </summary>
internal static class PassphraseKeys
{
    /// <summary>A service has a handful; whoever tries passphrases shall not fill the memory.</summary>
    private const int Most = 16;

    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Known = [];

    /// <summary>Salt and AES-256 key for files that are written under a passphrase.</summary>
    public static (byte[] Salt, byte[] Key) ForWriting(string passphrase)
    {
        var salt = Find(Name(passphrase, [], 0), () => RandomNumberGenerator.GetBytes(16));
        return (salt, ForReading(passphrase, salt, EncryptedPrivateKey.Iterations));
    }

    /// <summary>The AES-256 key of a file.</summary>
    public static byte[] ForReading(string passphrase, byte[] salt, int iterations) =>
        Find(Name(passphrase, salt, iterations), () => Derive(passphrase, salt, iterations));

    private static byte[] Find(string name, Func<byte[]> make)
    {
        if (Known.Count >= Most && !Known.ContainsKey(name))
        {
            Known.Clear();
        }

        return Known.GetOrAdd(name, _ => new(make)).Value;
    }

    private static byte[] Derive(string passphrase, byte[] salt, int iterations)
    {
        var password = Encoding.UTF8.GetBytes(passphrase);
        try
        {
            return Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    // A digest, so that the table holds no passphrase.
    private static string Name(string passphrase, byte[] salt, int iterations) =>
        Convert.ToHexStringLower(SHA256.HashData([.. salt, .. BitConverter.GetBytes(iterations), .. Encoding.UTF8.GetBytes(passphrase)]));
}
