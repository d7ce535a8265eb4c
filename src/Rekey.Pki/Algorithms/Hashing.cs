using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>The platform's hashes and SM3, by name.</summary>
internal static class Hashing
{
    public static byte[] Of(HashAlgorithmName hash, ReadOnlySpan<byte> data) => hash == Sm3.Name ? Sm3.HashData(data) : CryptographicOperations.HashData(hash, data);
}
