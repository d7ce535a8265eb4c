using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Keys;

/// <summary>
/// PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 (RFC 8018 section 6.2): PBKDF2 with HMAC-SHA-256 and AES-256-CBC,
/// the form that <c>openssl pkcs8</c> reads and writes. For keys of any algorithm, which the platform's own export is not.
/// </summary>
public static class EncryptedPrivateKey
{
    /// <summary>PBKDF2 rounds of what we write, and the least we accept (OWASP's figure for HMAC-SHA-256).</summary>
    public const int Iterations = 600_000;

    private const int MostIterations = 10_000_000; // more is somebody else's joke about our processor
    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string HmacSha256 = "1.2.840.113549.2.9";
    private const string Aes256Cbc = "2.16.840.1.101.3.4.1.42";

    /// <summary>Encrypts a DER PrivateKeyInfo.</summary>
    /// <param name="pkcs8">In clear; the caller clears it.</param>
    /// <param name="passphrase">Not empty.</param>
    /// <returns>PEM, label ENCRYPTED PRIVATE KEY.</returns>
    public static string Encrypt(ReadOnlySpan<byte> pkcs8, string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        var (salt, key) = PassphraseKeys.ForWriting(passphrase);
        var iv = RandomNumberGenerator.GetBytes(16);
        using var aes = Cipher(key);
        var encrypted = aes.EncryptCbc(pkcs8, iv);

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Pbes2);
                using (writer.PushSequence())
                {
                    WriteKdf(writer, salt);
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(Aes256Cbc);
                        writer.WriteOctetString(iv);
                    }
                }
            }

            writer.WriteOctetString(encrypted);
        }

        return PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", writer.Encode()) + "\n";
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> or <c>openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000</c> wrote.</summary>
    /// <returns>DER PrivateKeyInfo in clear; the caller clears it.</returns>
    /// <exception cref="PrivateKeyException">Another form, too few rounds, or a wrong passphrase.</exception>
    public static byte[] Decrypt(string pem, string passphrase)
    {
        try
        {
            if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "ENCRYPTED PRIVATE KEY")
            {
                throw new PrivateKeyException("is not an encrypted private key (PEM, ENCRYPTED PRIVATE KEY)");
            }

            var (salt, iterations, iv, encrypted) = Read(Convert.FromBase64String(pem[fields.Base64Data]));
            using var aes = Cipher(PassphraseKeys.ForReading(passphrase, salt, iterations));
            var clear = aes.DecryptCbc(encrypted, iv);
            new AsnReader(clear, AsnEncodingRules.DER).ReadSequence().ReadInteger(); // a wrong key that happens to pad well
            return clear;
        }
        catch (AsnContentException e)
        {
            throw new PrivateKeyException("cannot be read, or the passphrase is wrong", e);
        }
        catch (CryptographicException e)
        {
            throw new PrivateKeyException("the passphrase is wrong", e);
        }
    }

    private static void WriteKdf(AsnWriter writer, byte[] salt)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Pbkdf2);
            using (writer.PushSequence())
            {
                writer.WriteOctetString(salt);
                writer.WriteInteger(Iterations);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(HmacSha256);
                    writer.WriteNull();
                }
            }
        }
    }

    private static (byte[] Salt, int Iterations, byte[] Iv, byte[] Encrypted) Read(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var scheme = outer.ReadSequence();
        Demand(scheme.ReadObjectIdentifier() == Pbes2, "is not encrypted with PBES2");
        var parameters = scheme.ReadSequence();
        var kdf = parameters.ReadSequence();
        Demand(kdf.ReadObjectIdentifier() == Pbkdf2, "does not use PBKDF2");
        var pbkdf2 = kdf.ReadSequence();
        var salt = pbkdf2.ReadOctetString();
        Demand(pbkdf2.TryReadInt32(out var iterations) && iterations is >= Iterations and <= MostIterations, $"has fewer than {Iterations} PBKDF2 rounds, or absurdly many; write it anew");
        if (pbkdf2.HasData && pbkdf2.PeekTag() == Asn1Tag.Integer)
        {
            pbkdf2.ReadInteger();
        }

        Demand(pbkdf2.HasData && pbkdf2.ReadSequence().ReadObjectIdentifier() == HmacSha256, "does not use HMAC-SHA-256");
        var cipher = parameters.ReadSequence();
        Demand(cipher.ReadObjectIdentifier() == Aes256Cbc, "is not encrypted with AES-256-CBC");
        return (salt, iterations, cipher.ReadOctetString(), outer.ReadOctetString());
    }

    private static void Demand(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new PrivateKeyException(otherwise);
        }
    }

    private static Aes Cipher(byte[] key)
    {
        var aes = Aes.Create();
        aes.Key = key;
        return aes;
    }
}

/// <summary>A private key that cannot be used. The message continues the name of its file.</summary>
public sealed class PrivateKeyException(string message, Exception? inner = null) : Exception(message, inner);
