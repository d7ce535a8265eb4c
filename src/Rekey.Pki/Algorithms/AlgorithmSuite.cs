using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>The families of keys that certificates here can carry.</summary>
public enum KeyFamily
{
    /// <summary>RSA, signed with PKCS#1 v1.5 (RFC 8017).</summary>
    Rsa,

    /// <summary>ECDSA over a NIST curve (FIPS 186-5).</summary>
    Ecdsa,

    /// <summary>SM2 with SM3 (GB/T 32918, GM/T 0003).</summary>
    Sm2,
}

/// <summary>
/// A kind of key together with the one way we sign with it. Everything that depends on the algorithm asks its suite,
/// so that adding one is adding an entry here.
/// </summary>
public sealed record AlgorithmSuite
{
    private AlgorithmSuite(string name, KeyFamily family, int keyBits, HashAlgorithmName hash, string signatureOid, string? curveOid, int strengthBits)
    {
        Name = name;
        Family = family;
        KeyBits = keyBits;
        Hash = hash;
        SignatureOid = signatureOid;
        CurveOid = curveOid;
        StrengthBits = strengthBits;
    }

    /// <summary>RSA with 2048 bits, SHA-256.</summary>
    public static AlgorithmSuite Rsa2048 { get; } = Rsa(2048, 112);

    /// <summary>RSA with 3072 bits, SHA-256.</summary>
    public static AlgorithmSuite Rsa3072 { get; } = Rsa(3072, 128);

    /// <summary>RSA with 4096 bits, SHA-256.</summary>
    public static AlgorithmSuite Rsa4096 { get; } = Rsa(4096, 140);

    /// <summary>ECDSA on P-256, SHA-256.</summary>
    public static AlgorithmSuite P256 { get; } =
        new("P-256", KeyFamily.Ecdsa, 256, HashAlgorithmName.SHA256, "1.2.840.10045.4.3.2", "1.2.840.10045.3.1.7", 128);

    /// <summary>ECDSA on P-384, SHA-384.</summary>
    public static AlgorithmSuite P384 { get; } =
        new("P-384", KeyFamily.Ecdsa, 384, HashAlgorithmName.SHA384, "1.2.840.10045.4.3.3", "1.3.132.0.34", 192);

    /// <summary>SM2 with SM3 under the default identity (GB/T 32918.5, GM/T 0009 clause 10).</summary>
    public static AlgorithmSuite Sm2 { get; } =
        new("SM2", KeyFamily.Sm2, 256, Sm3.Name, "1.2.156.10197.1.501", Sm2Curve.Oid, 128);

    /// <summary>All suites, weakest first within a family.</summary>
    public static IReadOnlyList<AlgorithmSuite> All { get; } = [Rsa2048, Rsa3072, Rsa4096, P256, P384, Sm2];

    /// <summary>The name in configuration, profiles and logs, for example <c>RSA-2048</c> or <c>P-256</c>.</summary>
    public string Name { get; }

    /// <summary>The family of the key.</summary>
    public KeyFamily Family { get; }

    /// <summary>Bits of the modulus (RSA) or of the field (curves).</summary>
    public int KeyBits { get; }

    /// <summary>The hash that the suite signs with.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The signature algorithm's object identifier (RFC 4055, RFC 5758).</summary>
    public string SignatureOid { get; }

    /// <summary>The named curve's object identifier, or null for RSA.</summary>
    public string? CurveOid { get; }

    /// <summary>Security strength in bits (NIST SP 800-57 part 1, table 2; RSA-4096 interpolated).</summary>
    public int StrengthBits { get; }

    /// <summary>Finds a suite by its <see cref="Name"/>, upper or lower case.</summary>
    public static bool TryParse(string? name, out AlgorithmSuite suite)
    {
        suite = All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))!;
        return suite is not null;
    }

    /// <summary>Hashes data with the suite's hash.</summary>
    public byte[] HashData(ReadOnlySpan<byte> data) => Hashing.Of(Hash, data);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static AlgorithmSuite Rsa(int bits, int strength) =>
        new($"RSA-{bits}", KeyFamily.Rsa, bits, HashAlgorithmName.SHA256, "1.2.840.113549.1.1.11", null, strength);
}
