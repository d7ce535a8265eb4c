using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Envelopes;

/// <summary>Ways in which something short is encrypted for an encryption key. Which of them a token opens, it tells.</summary>
public enum SecretAlgorithm
{
    /// <summary>RSAES-PKCS1-v1_5 (RFC 8017 section 7.2).</summary>
    RsaPkcs1 = 1,

    /// <summary>RSAES-OAEP with SHA-1 for hash and mask (RFC 8017 section 7.1): the one that every PKCS#11 token has.</summary>
    RsaOaepSha1 = 2,

    /// <summary>A passing point, 04 || X || Y; the secret is the x of the shared point, as long as the field (SP 800-56A section 5.7.1.2).</summary>
    EcdhPoint = 3,

    /// <summary>DER SM2Cipher (GM/T 0009-2012 clause 7.2). SKF of 2012 has no function for it; many libraries do.</summary>
    Sm2 = 4,

    /// <summary>
    /// An SM4 key in an SM2Cipher and the secret under that key, CBC with PKCS#7 padding: DER SEQUENCE { key SM2Cipher, iv OCTET STRING,
    /// data OCTET STRING }. What every SKF token opens, because its session keys come so (GM/T 0016-2012 clause 7.6).
    /// </summary>
    Sm2Sm4Cbc = 5,
}

/// <summary>Something short (a session key, a share of a master) that only the holder of an encryption key can open.</summary>
/// <param name="Algorithm">How it is encrypted.</param>
/// <param name="Octets">The ciphertext in the algorithm's form.</param>
public sealed record EncryptedSecret(SecretAlgorithm Algorithm, byte[] Octets)
{
    /// <summary>Encrypts in the way that most tokens with such a key open.</summary>
    /// <param name="recipient">An RSA or SM2 key.</param>
    /// <param name="secret">In clear; the caller clears it. With RSA-2048 at most 214 octets.</param>
    /// <exception cref="UnsupportedKeyException">Another kind of key.</exception>
    public static EncryptedSecret For(PublicKey recipient, ReadOnlySpan<byte> secret)
    {
        if (recipient.Sm2 is { } sm2)
        {
            return Sm2Session.Encrypt(sm2, secret).Secret;
        }

        if (recipient.Suite.Family != KeyFamily.Rsa)
        {
            throw new UnsupportedKeyException($"{recipient.Suite} keys decrypt nothing; it takes an RSA or SM2 key");
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(recipient.Spki.Span, out _);
        return new(SecretAlgorithm.RsaOaepSha1, rsa.Encrypt(secret, RSAEncryptionPadding.OaepSHA1));
    }

    /// <summary>Opens it with a key in this process.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    /// <exception cref="CryptographicException">For another key, altered, or not in this algorithm's form.</exception>
    public byte[] Open(SoftwareSigningKey recipient)
    {
        var pkcs8 = recipient.ExportPkcs8();
        try
        {
            return recipient.PublicKey.Suite.Family switch
            {
                KeyFamily.Sm2 => OpenSm2(pkcs8),
                KeyFamily.Rsa => OpenRsa(pkcs8),
                _ => throw new CryptographicException($"{recipient.PublicKey.Suite} keys open no secret"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private byte[] OpenSm2(byte[] pkcs8)
    {
        using var key = Sm2PrivateKey.FromPkcs8(pkcs8);
        switch (Algorithm)
        {
            case SecretAlgorithm.Sm2:
                return key.Decrypt(Sm2Ciphertext.FromDer(Octets));
            case SecretAlgorithm.Sm2Sm4Cbc:
                return Sm2Session.FromDer(Octets).Open(key);
            default:
                throw new CryptographicException("the secret is not for an SM2 key");
        }
    }

    private byte[] OpenRsa(byte[] pkcs8)
    {
        using var key = RSA.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key.Decrypt(Octets, Algorithm switch
        {
            SecretAlgorithm.RsaOaepSha1 => RSAEncryptionPadding.OaepSHA1,
            SecretAlgorithm.RsaPkcs1 => RSAEncryptionPadding.Pkcs1,
            _ => throw new CryptographicException("the secret is not for an RSA key"),
        });
    }
}

/// <summary>The parts of <see cref="SecretAlgorithm.Sm2Sm4Cbc"/>, as enveloped messages have them, too.</summary>
/// <param name="Key">The SM4 key, encrypted.</param>
/// <param name="Iv">16 octets.</param>
/// <param name="Data">Whole blocks, at least one.</param>
public sealed record Sm2Session(Sm2Ciphertext Key, byte[] Iv, byte[] Data)
{
    /// <summary>Encrypts under a fresh key.</summary>
    /// <param name="recipient">Who opens it.</param>
    /// <param name="secret">In clear; the caller clears it.</param>
    public static Sm2Session Encrypt(Sm2PublicKey recipient, ReadOnlySpan<byte> secret)
    {
        var (key, iv) = (RandomNumberGenerator.GetBytes(Sm4.KeySize), RandomNumberGenerator.GetBytes(Sm4.BlockSize));
        try
        {
            return new(recipient.Encrypt(key), iv, Sm4.Encrypt(Sm4Mode.Cbc, key, iv, secret, padding: true));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>For a token to open: <c>IToken.Decrypt</c>.</summary>
    public EncryptedSecret Secret => new(SecretAlgorithm.Sm2Sm4Cbc, ToDer());

    /// <summary>Opens it with a key in this process.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    /// <exception cref="CryptographicException">For another key, or altered.</exception>
    public byte[] Open(Sm2PrivateKey key)
    {
        var sm4 = key.Decrypt(Key);
        try
        {
            return sm4.Length == Sm4.KeySize
                ? Sm4.Decrypt(Sm4Mode.Cbc, sm4, Iv, Data, padding: true)
                : throw new CryptographicException("what is wrapped is no SM4 key");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sm4);
        }
    }

    /// <summary>Reads the DER form.</summary>
    /// <exception cref="CryptographicException">Something else.</exception>
    public static Sm2Session FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var session = new Sm2Session(Sm2Ciphertext.Read(inner), inner.ReadOctetString(), inner.ReadOctetString());
            inner.ThrowIfNotEmpty();
            return session.Iv.Length == Sm4.BlockSize && session.Data.Length > 0 && session.Data.Length % Sm4.BlockSize == 0
                ? session : throw new CryptographicException("the secret under SM4 has parts of a wrong length");
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("the secret under SM4 cannot be read", e);
        }
    }

    /// <summary>The DER form.</summary>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Key.Write(writer);
            writer.WriteOctetString(Iv);
            writer.WriteOctetString(Data);
        }

        return writer.Encode();
    }
}
