using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Envelopes;

/// <summary>
/// A private key on its way into a PKCS#11 token, in a form that the token itself unwraps: PKCS#8 under a passing AES-256 key
/// (AES key wrap with padding, RFC 5649), and this one under the token's transport key (RSAES-OAEP, RFC 8017). As DER it is CMS
/// EnvelopedData (RFC 5652 section 6) with one KeyTransRecipientInfo.
/// </summary>
/// <param name="TransportKeyId">Key identifier of the transport key (RFC 5280 section 4.2.1.2, method 1).</param>
/// <param name="OaepHash">Hash of OAEP and of its mask; SHA-1 is all that some tokens know, and OAEP does not rest on collisions.</param>
/// <param name="EncryptedKey">The passing key: input of the first unwrapping (CKM_RSA_PKCS_OAEP).</param>
/// <param name="WrappedPkcs8">The private key: input of the second unwrapping (CKM_AES_KEY_WRAP_PAD, 0x210A).</param>
public sealed record WrappedKey(byte[] TransportKeyId, HashAlgorithmName OaepHash, byte[] EncryptedKey, byte[] WrappedPkcs8)
{
    private const string EnvelopedDataOid = "1.2.840.113549.1.7.3";
    private const string DataOid = "1.2.840.113549.1.7.1";
    private const string OaepOid = "1.2.840.113549.1.1.7";
    private const string Mgf1Oid = "1.2.840.113549.1.1.8";
    private const string Aes256WrapPadOid = "2.16.840.1.101.3.4.1.48";
    private const int PassingKeySize = 32;

    private static readonly Asn1Tag Tag0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Tag1 = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag Octets0 = new(TagClass.ContextSpecific, 0);

    /// <summary>Wraps a private key.</summary>
    /// <param name="transportSpki">DER SubjectPublicKeyInfo of the transport key, RSA.</param>
    /// <param name="pkcs8">DER PKCS#8 in clear; the caller clears it.</param>
    /// <param name="oaepHash">SHA-1 or SHA-256, as the token's profile says.</param>
    /// <exception cref="UnsupportedKeyException">The transport key is not RSA of a size that is known here.</exception>
    public static WrappedKey Create(ReadOnlyMemory<byte> transportSpki, ReadOnlySpan<byte> pkcs8, HashAlgorithmName oaepHash)
    {
        using var known = PublicKey.FromSpki(transportSpki);
        if (known.Suite.Family != KeyFamily.Rsa)
        {
            throw new UnsupportedKeyException("a transport key is RSA");
        }

        using var transport = RSA.Create();
        transport.ImportSubjectPublicKeyInfo(transportSpki.Span, out _);
        var passing = RandomNumberGenerator.GetBytes(PassingKeySize);
        var clear = pkcs8.ToArray();
        try
        {
            return new(ExtensionWriter.KeyIdentifier(transportSpki), oaepHash, transport.Encrypt(passing, Padding(oaepHash)), Engine(true, passing).Wrap(clear, 0, clear.Length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <summary>Whether it says that it is wrapped to this transport key, DER SubjectPublicKeyInfo.</summary>
    public bool IsFor(ReadOnlyMemory<byte> transportSpki) => TransportKeyId.AsSpan().SequenceEqual(ExtensionWriter.KeyIdentifier(transportSpki));

    /// <summary>Takes the private key out, as a token does inside.</summary>
    /// <param name="transport">The transport key's private half.</param>
    /// <returns>DER PKCS#8 in clear; the caller clears it.</returns>
    /// <exception cref="EnvelopedKeyException">Not for this key, or altered.</exception>
    public byte[] Open(RSA transport)
    {
        byte[]? passing = null;
        try
        {
            passing = transport.Decrypt(EncryptedKey, Padding(OaepHash));
            return passing.Length == PassingKeySize
                ? Engine(false, passing).Unwrap(WrappedPkcs8, 0, WrappedPkcs8.Length)
                : throw new EnvelopedKeyException("the wrapped key has a passing key of a wrong length");
        }
        catch (Exception e) when (e is CryptographicException or CryptoException or ArgumentException)
        {
            throw new EnvelopedKeyException("the wrapped key is not for this transport key, or was altered", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
        }
    }

    /// <summary>Reads the DER form: EnvelopedData itself, without the ContentInfo around it, as CMP carries it (RFC 9810 section 5.2.2).</summary>
    /// <exception cref="EnvelopedKeyException">Another structure, another algorithm, or more than one recipient.</exception>
    public static WrappedKey FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var data = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            Demand(data.TryReadInt32(out var version) && version == 2);
            var recipients = data.ReadSetOf();
            var (keyId, hash, encryptedKey) = ReadRecipient(recipients.ReadSequence());
            recipients.ThrowIfNotEmpty();
            var content = data.ReadSequence();
            data.ThrowIfNotEmpty();
            Demand(content.ReadObjectIdentifier() == DataOid);
            var algorithm = content.ReadSequence();
            Demand(algorithm.ReadObjectIdentifier() == Aes256WrapPadOid);
            algorithm.ThrowIfNotEmpty();
            var wrapped = content.ReadOctetString(Octets0);
            content.ThrowIfNotEmpty();
            Demand(wrapped.Length >= 16 && wrapped.Length % 8 == 0);
            return new(keyId, hash, encryptedKey, wrapped);
        }
        catch (AsnContentException e)
        {
            throw new EnvelopedKeyException("the wrapped key cannot be read", e);
        }
    }

    /// <summary>The DER form.</summary>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(2);
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteInteger(2); // the recipient is named by a key identifier
                writer.WriteOctetString(TransportKeyId, Octets0);
                WriteOaep(writer);
                writer.WriteOctetString(EncryptedKey);
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(DataOid);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Aes256WrapPadOid);
                }

                writer.WriteOctetString(WrappedPkcs8, Octets0);
            }
        }

        return writer.Encode();
    }

    /// <summary>ContentInfo around the DER form, which CMS programs such as <c>openssl cms</c> read.</summary>
    public byte[] ToContentInfo()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(EnvelopedDataOid);
            using (writer.PushSequence(Tag0))
            {
                writer.WriteEncodedValue(ToDer());
            }
        }

        return writer.Encode();
    }

    // RFC 4055 section 4.1. The defaults, SHA-1 in all three places, are left out, as DER demands.
    private void WriteOaep(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(OaepOid);
            using (writer.PushSequence())
            {
                if (OaepHash == HashAlgorithmName.SHA256)
                {
                    using (writer.PushSequence(Tag0))
                    {
                        WriteSha256(writer);
                    }

                    using (writer.PushSequence(Tag1))
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(Mgf1Oid);
                        WriteSha256(writer);
                    }
                }
            }
        }
    }

    private static void WriteSha256(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.Sha256);
            writer.WriteNull();
        }
    }

    private static (byte[] KeyId, HashAlgorithmName Hash, byte[] EncryptedKey) ReadRecipient(AsnReader recipient)
    {
        Demand(recipient.TryReadInt32(out var version) && version == 2);
        var keyId = recipient.ReadOctetString(Octets0);
        var hash = ReadOaep(recipient.ReadSequence());
        var encryptedKey = recipient.ReadOctetString();
        recipient.ThrowIfNotEmpty();
        return (keyId, hash, encryptedKey);
    }

    private static HashAlgorithmName ReadOaep(AsnReader algorithm)
    {
        Demand(algorithm.ReadObjectIdentifier() == OaepOid);
        var parameters = algorithm.ReadSequence();
        algorithm.ThrowIfNotEmpty();
        if (!parameters.HasData)
        {
            return HashAlgorithmName.SHA1;
        }

        // One hash for both, because PKCS#11 modules and .NET know no mixture.
        Demand(ReadHash(parameters.ReadSequence(Tag0)) == Oids.Sha256);
        var mask = parameters.ReadSequence(Tag1).ReadSequence();
        parameters.ThrowIfNotEmpty();
        Demand(mask.ReadObjectIdentifier() == Mgf1Oid && ReadHash(mask) == Oids.Sha256);
        return HashAlgorithmName.SHA256;
    }

    private static string ReadHash(AsnReader reader) => reader.ReadSequence().ReadObjectIdentifier();

    private static void Demand(bool condition)
    {
        if (!condition)
        {
            throw new EnvelopedKeyException("the wrapped key is of another form than ours");
        }
    }

    private static RSAEncryptionPadding Padding(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA1 ? RSAEncryptionPadding.OaepSHA1
        : hash == HashAlgorithmName.SHA256 ? RSAEncryptionPadding.OaepSHA256
        : throw new ArgumentException($"{hash} is not a hash that we use with OAEP", nameof(hash));

    private static AesWrapPadEngine Engine(bool wrap, byte[] key)
    {
        var engine = new AesWrapPadEngine();
        engine.Init(wrap, new KeyParameter(key));
        return engine;
    }
}
