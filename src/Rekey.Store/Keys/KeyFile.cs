using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Keys;
using Rekey.Pki.Notes;

namespace Rekey.Store.Keys;

/// <summary>A server's private key in an encrypted file that only its owner can read.</summary>
public static class KeyFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Writes a key to a new file, encrypted, mode 0600.</summary>
    /// <exception cref="IOException">The file exists.</exception>
    public static void Write(string path, SoftwareSigningKey key, string passphrase) => Write(path, key.ExportPkcs8(), passphrase);

    /// <summary>Writes an audit log's key to a new file, encrypted, mode 0600.</summary>
    /// <exception cref="IOException">The file exists.</exception>
    public static void Write(string path, Ed25519Key key, string passphrase) => Write(path, key.ExportPkcs8(), passphrase);

    private static void Write(string path, byte[] pkcs8, string passphrase)
    {
        try
        {
            WritePrivate(path, EncryptedPrivateKey.Encrypt(pkcs8, passphrase));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="PrivateKeyException">Missing, readable by others, another form, a wrong passphrase; the message names the file.</exception>
    public static SoftwareSigningKey Read(string path, string passphrase)
    {
        var pkcs8 = ReadPkcs8(path, passphrase);
        try
        {
            return SoftwareSigningKey.FromPkcs8(pkcs8);
        }
        catch (UnsupportedKeyException e)
        {
            throw new PrivateKeyException($"{path}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Where a renewal puts the next key until the certificate for it stands in its place.</summary>
    public static string Next(string path) => $"{path}.next";

    /// <summary>
    /// Reads the key that belongs to a certificate: the file's, or that of <see cref="Next"/>, when a renewal died after its certificate
    /// stood and before its key did.
    /// </summary>
    /// <returns>That key; the file's when neither belongs to the certificate.</returns>
    /// <exception cref="PrivateKeyException">As for <see cref="Read"/>.</exception>
    public static SoftwareSigningKey ReadFor(string path, string passphrase, ReadOnlyMemory<byte> spki)
    {
        var key = Read(path, passphrase);
        if (key.PublicKey.Spki.Span.SequenceEqual(spki.Span) || !File.Exists(Next(path)))
        {
            return key;
        }

        var next = Read(Next(path), passphrase);
        var (taken, left) = next.PublicKey.Spki.Span.SequenceEqual(spki.Span) ? (next, key) : (key, next);
        left.Dispose();
        return taken;
    }

    /// <summary>Reads an audit log's key.</summary>
    /// <exception cref="PrivateKeyException">As for <see cref="Read"/>.</exception>
    public static Ed25519Key ReadEd25519(string path, string passphrase)
    {
        var pkcs8 = ReadPkcs8(path, passphrase);
        try
        {
            return Ed25519Key.FromPkcs8(pkcs8);
        }
        catch (PrivateKeyException e)
        {
            throw new PrivateKeyException($"{path}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    internal static byte[] ReadPkcs8(string path, string passphrase)
    {
        var pem = ReadPrivate(path);
        try
        {
            return EncryptedPrivateKey.Decrypt(pem, passphrase);
        }
        catch (PrivateKeyException e)
        {
            throw new PrivateKeyException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes a secret text to a new file, mode 0600 from its first moment on.</summary>
    /// <exception cref="IOException">The file exists.</exception>
    public static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        using var stream = new FileStream(path, options);
        using var writer = new StreamWriter(stream);
        writer.Write(text);
        writer.Flush();
        stream.Flush(flushToDisk: true); // a certificate may come to stand on it the next moment
    }

    /// <summary>Reads a passphrase or PIN: the text of a private file without the end of its line.</summary>
    /// <exception cref="PrivateKeyException">As of <see cref="ReadPrivate"/>.</exception>
    public static string ReadPassphrase(string path) => ReadPrivate(path).TrimEnd('\r', '\n');

    /// <summary>Reads a secret text, and refuses a file that others than its owner can read.</summary>
    /// <exception cref="PrivateKeyException">Missing, or its mode lets others in; the message names the file.</exception>
    public static string ReadPrivate(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            {
                throw new PrivateKeyException($"{path}: others than its owner can reach this file; chmod 600 it (and ask who has read it)");
            }

            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PrivateKeyException($"{path}: {e.Message}", e);
        }
    }
}
