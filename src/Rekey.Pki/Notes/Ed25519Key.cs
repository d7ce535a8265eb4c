using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Rekey.Pki.Keys;

namespace Rekey.Pki.Notes;

/// <summary>An Ed25519 private key (RFC 8032), the kind that signed notes and their witnesses use.</summary>
public sealed class Ed25519Key
{
    // PrivateKeyInfo of RFC 8410 up to the 32 octets of the key.
    private static readonly byte[] Pkcs8Prefix = Convert.FromHexString("302E020100300506032B657004220420");

    private readonly byte[] seed;

    private Ed25519Key(byte[] seed)
    {
        this.seed = seed;
        PublicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, PublicKey, 0);
    }

    /// <summary>32 octets.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Generates a key.</summary>
    public static Ed25519Key Generate() => new(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));

    /// <summary>Reads a DER PrivateKeyInfo (RFC 8410 section 7).</summary>
    /// <exception cref="PrivateKeyException">Not an Ed25519 key.</exception>
    public static Ed25519Key FromPkcs8(ReadOnlySpan<byte> pkcs8) =>
        pkcs8.Length == Pkcs8Prefix.Length + Ed25519.SecretKeySize && pkcs8.StartsWith(Pkcs8Prefix)
            ? new(pkcs8[Pkcs8Prefix.Length..].ToArray())
            : throw new PrivateKeyException("is not an Ed25519 key");

    /// <summary>DER PrivateKeyInfo in clear; the caller clears it.</summary>
    public byte[] ExportPkcs8() => [.. Pkcs8Prefix, .. seed];

    /// <summary>Signs.</summary>
    /// <returns>64 octets.</returns>
    public byte[] Sign(byte[] data)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(seed, 0, data, 0, data.Length, signature, 0);
        return signature;
    }

    /// <summary>A symmetric key that only holders of this key can derive (HKDF-SHA-256, RFC 5869).</summary>
    /// <param name="purpose">What it is for; different purposes give unrelated keys.</param>
    /// <returns>32 octets.</returns>
    public byte[] DeriveKey(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, seed, 32, info: System.Text.Encoding.UTF8.GetBytes(purpose));

    /// <summary>Verifies a signature.</summary>
    public static bool Verify(byte[] publicKey, byte[] data, byte[] signature) =>
        publicKey.Length == Ed25519.PublicKeySize && signature.Length == Ed25519.SignatureSize
        && Ed25519.Verify(signature, 0, publicKey, 0, data, 0, data.Length);
}
