using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Keys;

namespace Rekey.Store.Keys;

/// <summary>
/// An AES-256 key in an encrypted file that only its owner can read, in the form of the other key files: a PrivateKeyInfo whose algorithm
/// is AES (2.16.840.1.101.3.4.1.46) and whose key is the key's octets, under a passphrase.
/// </summary>
public static class SymmetricKeyFile
{
    private const int Size = 32;
    private const string Aes256Gcm = "2.16.840.1.101.3.4.1.46";

    /// <summary>Writes a key to a new file, encrypted, mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">32 octets; the caller clears them.</param>
    /// <param name="passphrase">Not empty.</param>
    /// <exception cref="IOException">The file exists.</exception>
    public static void Write(string path, ReadOnlySpan<byte> key, string passphrase)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size, nameof(key));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Aes256Gcm);
            }

            writer.WriteOctetString(key);
        }

        var der = writer.Encode();
        try
        {
            KeyFile.WritePrivate(path, EncryptedPrivateKey.Encrypt(der, passphrase));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            writer.Reset(); // clears its buffer
        }
    }

    /// <summary>Reads a key.</summary>
    /// <returns>32 octets; the caller clears them.</returns>
    /// <exception cref="PrivateKeyException">Missing, readable by others, another form, a wrong passphrase; the message names the file.</exception>
    public static byte[] Read(string path, string passphrase)
    {
        var der = KeyFile.ReadPkcs8(path, passphrase);
        try
        {
            var info = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            info.ReadInteger();
            return info.ReadSequence().ReadObjectIdentifier() == Aes256Gcm && info.ReadOctetString() is { Length: Size } key
                ? key : throw new PrivateKeyException($"{path}: is not an AES-256 key");
        }
        catch (AsnContentException e)
        {
            throw new PrivateKeyException($"{path}: is not an AES-256 key", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }
}
