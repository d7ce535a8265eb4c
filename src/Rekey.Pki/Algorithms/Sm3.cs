using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;

namespace Rekey.Pki.Algorithms;

/// <summary>The SM3 hash (GB/T 32905-2016, GM/T 0004-2012), whole or in pieces. Not for use by several threads.</summary>
public sealed class Sm3
{
    /// <summary>The hash's name, which the platform's own classes do not know.</summary>
    public static readonly HashAlgorithmName Name = new("SM3");

    /// <summary>Octets of a hash.</summary>
    public const int HashSize = 32;

    private readonly SM3Digest digest = new();

    /// <summary>Hashes data.</summary>
    /// <returns>32 octets.</returns>
    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        var hash = new Sm3();
        hash.Append(data);
        return hash.GetHashAndReset();
    }

    /// <summary>Takes more data into the hash.</summary>
    public void Append(ReadOnlySpan<byte> data) => digest.BlockUpdate(data);

    /// <summary>The hash over all that was appended; the next begins empty.</summary>
    /// <returns>32 octets.</returns>
    public byte[] GetHashAndReset()
    {
        var hash = new byte[HashSize];
        digest.DoFinal(hash);
        return hash;
    }
}
