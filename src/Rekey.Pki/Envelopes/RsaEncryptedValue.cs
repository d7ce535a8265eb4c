using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Envelopes;

/// <summary>
/// An RSA private key on its way into an SKF container: PKCS#1 under a passing SM4 key (ECB), and this one under the container's RSA signing
/// key (RSAES-PKCS1-v1_5), as SKF_ImportRSAKeyPair takes the two (GM/T 0016-2012 clause 7.6). As DER it is the EncryptedValue of RFC 4211
/// section 2.1, whose fields are just these.
/// </summary>
/// <param name="EncryptedKey">The passing key, encrypted for the container.</param>
/// <param name="EncryptedPrivateKey">RSAPrivateKey (RFC 8017 appendix A.1.2), padded to whole blocks (PKCS#7) and encrypted.</param>
public sealed record RsaEncryptedValue(byte[] EncryptedKey, byte[] EncryptedPrivateKey)
{
    /// <summary>rsaEncryption, in the places of the key that is carried and of the one that carries it.</summary>
    public const string RsaOid = "1.2.840.113549.1.1.1";

    private static readonly Asn1Tag Intended = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Symmetric = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag SymmetricKey = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag KeyAlgorithm = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <summary>Encloses a private key for a container.</summary>
    /// <param name="signing">The container's signing key, RSA.</param>
    /// <param name="pkcs8">DER PKCS#8 of an RSA key in clear; the caller clears it.</param>
    /// <exception cref="UnsupportedKeyException">One of the two is no RSA key.</exception>
    public static RsaEncryptedValue Create(PublicKey signing, ReadOnlySpan<byte> pkcs8)
    {
        using var recipient = Rsa(signing.Spki, (rsa, octets) => rsa.ImportSubjectPublicKeyInfo(octets, out _));
        var copy = pkcs8.ToArray();
        byte[]? passing = null, pkcs1 = null;
        try
        {
            using var carried = Rsa(copy, (rsa, octets) => rsa.ImportPkcs8PrivateKey(octets, out _));
            (passing, pkcs1) = (RandomNumberGenerator.GetBytes(Sm4.KeySize), carried.ExportRSAPrivateKey());
            return new(recipient.Encrypt(passing, RSAEncryptionPadding.Pkcs1), Sm4.Encrypt(Sm4Mode.Ecb, passing, default, pkcs1, padding: true));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
            CryptographicOperations.ZeroMemory(passing);
            CryptographicOperations.ZeroMemory(pkcs1);
        }
    }

    /// <summary>Takes the private key out, as a token does inside.</summary>
    /// <param name="signing">The container's signing key.</param>
    /// <returns>DER PKCS#8 in clear; the caller clears it.</returns>
    /// <exception cref="EnvelopedKeyException">Not for this key, or altered.</exception>
    public byte[] Open(RSA signing)
    {
        byte[]? passing = null, pkcs1 = null;
        try
        {
            passing = signing.Decrypt(EncryptedKey, RSAEncryptionPadding.Pkcs1);
            pkcs1 = passing.Length == Sm4.KeySize ? Sm4.Decrypt(Sm4Mode.Ecb, passing, default, EncryptedPrivateKey, padding: true)
                : throw new EnvelopedKeyException("the enveloped key has a passing key of a wrong length");
            using var key = RSA.Create();
            key.ImportRSAPrivateKey(pkcs1, out _);
            return key.ExportPkcs8PrivateKey();
        }
        catch (CryptographicException e)
        {
            throw new EnvelopedKeyException("the enveloped key is not for this signing key, or was altered", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
            CryptographicOperations.ZeroMemory(pkcs1);
        }
    }

    /// <summary>Reads the DER form.</summary>
    /// <exception cref="EnvelopedKeyException">Another structure, or another algorithm.</exception>
    public static RsaEncryptedValue FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var value = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            Demand(value.ReadSequence(Intended), RsaOid);
            Demand(value.ReadSequence(Symmetric), Sm2EnvelopedKey.Sm4EcbOid);
            var key = value.ReadBitString(out var unused, SymmetricKey);
            Demand(value.ReadSequence(KeyAlgorithm), RsaOid);
            var encrypted = value.ReadBitString(out var unusedToo);
            value.ThrowIfNotEmpty();
            return unused + unusedToo == 0 && key.Length > 0 && encrypted.Length > 0 && encrypted.Length % Sm4.BlockSize == 0
                ? new(key, encrypted) : throw new EnvelopedKeyException("the enveloped key has parts of a wrong length");
        }
        catch (AsnContentException e)
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
            Write(writer, Intended, RsaOid);
            Write(writer, Symmetric, Sm2EnvelopedKey.Sm4EcbOid);
            writer.WriteBitString(EncryptedKey, tag: SymmetricKey);
            Write(writer, KeyAlgorithm, RsaOid);
            writer.WriteBitString(EncryptedPrivateKey);
        }

        return writer.Encode();
    }

    private static RSA Rsa(ReadOnlyMemory<byte> octets, Action<RSA, ReadOnlySpan<byte>> import)
    {
        var rsa = RSA.Create();
        try
        {
            import(rsa, octets.Span);
            return rsa;
        }
        catch (CryptographicException e)
        {
            rsa.Dispose();
            throw new UnsupportedKeyException("only RSA keys are carried to a container's RSA key", e);
        }
    }

    private static void Write(AsnWriter writer, Asn1Tag tag, string oid)
    {
        using (writer.PushSequence(tag))
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteNull();
        }
    }

    private static void Demand(AsnReader algorithm, string oid)
    {
        if (algorithm.ReadObjectIdentifier() != oid)
        {
            throw new EnvelopedKeyException("the enveloped key has an algorithm that is not ours");
        }

        algorithm.ReadNull();
        algorithm.ThrowIfNotEmpty();
    }
}
