using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Encodings;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;

namespace Rekey.Pki.Algorithms;

/// <summary>
/// The bare operations of RSA, which the platform does not offer and a token must: it signs what it is given, a DigestInfo or not
/// (RFC 8017 sections 5 and 9.2).
/// </summary>
public static class RsaRaw
{
    /// <summary>Signs with PKCS#1 v1.5 padding, without hashing and without adding a DigestInfo.</summary>
    /// <param name="key">The private key; the caller clears it.</param>
    /// <param name="data">At most 11 octets shorter than the modulus.</param>
    /// <exception cref="CryptographicException">Data too long, or no such key.</exception>
    public static byte[] Sign(RSAParameters key, ReadOnlySpan<byte> data) => Run(new Pkcs1Encoding(new RsaBlindedEngine()), true, Private(key), data);

    /// <summary>Whether a signature of <see cref="Sign"/> is over this data.</summary>
    public static bool Verify(RSAParameters key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return CryptographicOperations.FixedTimeEquals(Run(new Pkcs1Encoding(new RsaBlindedEngine()), false, Public(key), signature), data);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The public operation without padding.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="data">As long as the modulus, and less as a number.</param>
    /// <exception cref="CryptographicException">Data too great.</exception>
    public static byte[] PublicOperation(RSAParameters key, ReadOnlySpan<byte> data) => Widen(Run(new RsaBlindedEngine(), true, Public(key), data), key);

    /// <summary>The private operation without padding.</summary>
    /// <param name="key">The private key; the caller clears it.</param>
    /// <param name="data">As long as the modulus, and less as a number.</param>
    /// <exception cref="CryptographicException">Data too great, or no such key.</exception>
    public static byte[] PrivateOperation(RSAParameters key, ReadOnlySpan<byte> data) => Widen(Run(new RsaBlindedEngine(), false, Private(key), data), key);

    private static byte[] Run(IAsymmetricBlockCipher cipher, bool encrypt, Func<ICipherParameters> key, ReadOnlySpan<byte> data)
    {
        try
        {
            cipher.Init(encrypt, key());
            return cipher.ProcessBlock(data.ToArray(), 0, data.Length);
        }
        catch (Exception e) when (e is CryptoException or ArgumentException or InvalidOperationException)
        {
            throw new CryptographicException("the RSA operation failed", e);
        }
    }

    private static byte[] Widen(byte[] number, RSAParameters key) => [.. new byte[key.Modulus!.Length - number.Length], .. number];

    private static Func<ICipherParameters> Public(RSAParameters key) => () => new RsaKeyParameters(false, Number(key.Modulus), Number(key.Exponent));

    private static Func<ICipherParameters> Private(RSAParameters key) => () => new RsaPrivateCrtKeyParameters(
        Number(key.Modulus), Number(key.Exponent), Number(key.D), Number(key.P), Number(key.Q), Number(key.DP), Number(key.DQ), Number(key.InverseQ));

    private static BigInteger Number(byte[]? octets) => new(1, octets);
}
