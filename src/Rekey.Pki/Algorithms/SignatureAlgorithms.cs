using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>A signature algorithm that we accept in what others signed.</summary>
/// <param name="Oid">Object identifier (RFC 4055, RFC 5758, GM/T 0006).</param>
/// <param name="Family">The family of keys that makes it.</param>
/// <param name="Hash">Its hash.</param>
public sealed record SignatureAlgorithm(string Oid, KeyFamily Family, HashAlgorithmName Hash)
{
    /// <summary>Hashes data with the algorithm's hash, as certHash of CMP does (RFC 9810 section 5.3.18).</summary>
    public byte[] HashData(ReadOnlySpan<byte> data) => Hashing.Of(Hash, data);
}

/// <summary>The closed list of signature algorithms we verify; SHA-1 and MD5 are absent on purpose.</summary>
public static class SignatureAlgorithms
{
    private static readonly SignatureAlgorithm[] Known =
    [
        new("1.2.840.113549.1.1.11", KeyFamily.Rsa, HashAlgorithmName.SHA256),
        new("1.2.840.113549.1.1.12", KeyFamily.Rsa, HashAlgorithmName.SHA384),
        new("1.2.840.113549.1.1.13", KeyFamily.Rsa, HashAlgorithmName.SHA512),
        new("1.2.840.10045.4.3.2", KeyFamily.Ecdsa, HashAlgorithmName.SHA256),
        new("1.2.840.10045.4.3.3", KeyFamily.Ecdsa, HashAlgorithmName.SHA384),
        new("1.2.840.10045.4.3.4", KeyFamily.Ecdsa, HashAlgorithmName.SHA512),
        new("1.2.156.10197.1.501", KeyFamily.Sm2, Sm3.Name),
    ];

    /// <summary>Finds an algorithm by its object identifier; null when we do not accept it.</summary>
    public static SignatureAlgorithm? Find(string oid) => Array.Find(Known, a => a.Oid == oid);
}
