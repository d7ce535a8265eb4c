using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Server.Settings;
using Rekey.Store.Keys;

namespace Rekey.Server.Serving;

/// <summary>Who this host is in TLS connections to other hosts of the institution.</summary>
internal static class TlsIdentity
{
    /// <summary>Opens certificate and key for TLS, whichever side this host is on.</summary>
    /// <param name="files">Where they are.</param>
    /// <param name="above">PEM file with more CA certificates to send along, or null.</param>
    /// <exception cref="ConfigurationException">They cannot be read or do not belong together; the message names the file.</exception>
    public static SslStreamCertificateContext Open(IdentityFiles files, string? above = null)
    {
        var chain = Certificates(files.Certificate);
        if (above is not null)
        {
            chain.AddRange(Certificates(above));
        }

        using var leaf = chain[0];
        chain.RemoveAt(0);
        using var key = KeyFile.ReadFor(files.Key, files.Passphrase.Read(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        var pkcs8 = key.ExportPkcs8();
        try
        {
            // Offline: what this host must send along it has in files, and no handshake may wait for a download.
            return SslStreamCertificateContext.Create(WithKey(leaf, key.PublicKey.Suite.Family, pkcs8), chain, offline: true);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"{files.Key}: does not belong to {files.Certificate}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>All certificates of a PEM file.</summary>
    /// <exception cref="ConfigurationException">None, or it cannot be read.</exception>
    public static X509Certificate2Collection Certificates(string pemFile)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(pemFile);
            return certificates.Count > 0 ? certificates : throw new ConfigurationException($"{pemFile}: has no PEM certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"{pemFile}: {e.Message}", e);
        }
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, KeyFamily family, byte[] pkcs8)
    {
        if (family == KeyFamily.Rsa)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return certificate.CopyWithPrivateKey(rsa);
        }

        using var ec = ECDsa.Create();
        ec.ImportPkcs8PrivateKey(pkcs8, out _);
        return certificate.CopyWithPrivateKey(ec);
    }
}
