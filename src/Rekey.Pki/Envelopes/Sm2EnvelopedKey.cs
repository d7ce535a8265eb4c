using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Envelopes;

/// <summary>
/// An SM2 private key on its way to its holder: encrypted with a passing SM4 key, and this one with the holder's public key
/// (GM/T 0009-2012 clause 7.4, SM2EnvelopedKey; GM/T 0016-2012 has the same parts in ENVELOPEDKEYBLOB).
/// </summary>
/// <param name="Algorithm">Object identifier of the passing key's cipher; ECB in any case.</param>
/// <param name="EncryptedKey">The passing key, encrypted for the holder.</param>
/// <param name="PublicKey">The public half of what is carried.</param>
/// <param name="EncryptedPrivateKey">
/// The private scalar, encrypted with the passing key: 32 octets, or a field of 64 octets as tokens have it.
/// </param>
public sealed record Sm2EnvelopedKey(string Algorithm, Sm2Ciphertext EncryptedKey, Sm2PublicKey PublicKey, byte[] EncryptedPrivateKey)
{
    /// <summary>SM4 in ECB mode (GM/T 0006-2012): what we write.</summary>
    public const string Sm4EcbOid = "1.2.156.10197.1.104.1";

    /// <summary>SM4 without a mode: others write it and mean ECB.</summary>
    public const string Sm4Oid = "1.2.156.10197.1.104";

    private const int ScalarSize = 32;

    /// <summary>Encloses a private key for its holder.</summary>
    /// <param name="recipient">The holder's public key.</param>
    /// <param name="key">What is carried.</param>
    public static Sm2EnvelopedKey Create(Sm2PublicKey recipient, Sm2PrivateKey key)
    {
        Span<byte> passing = stackalloc byte[Sm4.KeySize];
        Span<byte> scalar = stackalloc byte[ScalarSize];
        try
        {
            RandomNumberGenerator.Fill(passing);
            key.CopyScalar(scalar);
            var encrypted = Sm4.Encrypt(Sm4Mode.Ecb, passing, default, scalar, padding: false);
            return new(Sm4EcbOid, recipient.Encrypt(passing), key.PublicKey, encrypted);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>Reads the DER form.</summary>
    /// <exception cref="EnvelopedKeyException">Not DER of this structure, or of an algorithm that is not SM4.</exception>
    public static Sm2EnvelopedKey FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var algorithm = ReadAlgorithm(inner);
            var encryptedKey = Sm2Ciphertext.Read(inner);
            var publicKey = Sm2PublicKey.FromOctets(inner.ReadBitString(out _));
            var encrypted = inner.ReadBitString(out _);
            inner.ThrowIfNotEmpty();
            return new(algorithm, encryptedKey, publicKey, encrypted);
        }
        catch (Exception e) when (e is AsnContentException or UnsupportedKeyException)
        {
            throw new EnvelopedKeyException("the enveloped key cannot be read", e);
        }
    }

    /// <summary>The DER form.</summary>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Algorithm);
                writer.WriteNull();
            }

            EncryptedKey.Write(writer);
            writer.WriteBitString(PublicKey.Octets.Span);
            writer.WriteBitString(EncryptedPrivateKey);
        }

        return writer.Encode();
    }

    /// <summary>Takes the private key out. Of a field of 64 octets the last 32 are tried, then the first 32: both are in use.</summary>
    /// <param name="recipient">The holder's private key.</param>
    /// <exception cref="EnvelopedKeyException">Not for this holder, altered, or not the private key of <see cref="PublicKey"/>.</exception>
    public Sm2PrivateKey Open(Sm2PrivateKey recipient)
    {
        byte[] passing;
        try
        {
            passing = recipient.Decrypt(EncryptedKey);
        }
        catch (CryptographicException e)
        {
            throw new EnvelopedKeyException("the enveloped key is not for this holder, or was altered", e);
        }

        try
        {
            if (passing.Length == Sm4.KeySize && EncryptedPrivateKey.Length is ScalarSize or 2 * ScalarSize)
            {
                return TryOpen(passing, EncryptedPrivateKey.AsSpan()[^ScalarSize..])
                    ?? TryOpen(passing, EncryptedPrivateKey.AsSpan(0, ScalarSize))
                    ?? throw new EnvelopedKeyException("the enveloped private key is not the public key's");
            }

            throw new EnvelopedKeyException("the enveloped key has parts of a wrong length");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
        }
    }

    private Sm2PrivateKey? TryOpen(ReadOnlySpan<byte> passing, ReadOnlySpan<byte> encrypted)
    {
        var scalar = Sm4.Decrypt(Sm4Mode.Ecb, passing, default, encrypted, padding: false);
        try
        {
            var key = Sm2PrivateKey.FromScalar(scalar);
            if (key.PublicKey.Equals(PublicKey))
            {
                return key;
            }

            key.Dispose();
            return null;
        }
        catch (UnsupportedKeyException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    private static string ReadAlgorithm(AsnReader reader)
    {
        var algorithm = reader.ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        if (algorithm.HasData)
        {
            algorithm.ReadNull();
            algorithm.ThrowIfNotEmpty();
        }

        return oid is Sm4EcbOid or Sm4Oid ? oid : throw new EnvelopedKeyException($"the enveloped key is encrypted with {oid}, which is not SM4");
    }
}

/// <summary>An enveloped key that cannot be read or opened.</summary>
public sealed class EnvelopedKeyException(string message, Exception? inner = null) : Exception(message, inner);
