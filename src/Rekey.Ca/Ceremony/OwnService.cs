using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// A service in this process whose key is in a file beside the CA, so that nobody's hand is needed to renew its certificate. A class,
/// because it holds a passphrase, which a record would print.
/// </summary>
/// <param name="role">What it is.</param>
/// <param name="certificateFile">Its certificate, PEM.</param>
/// <param name="keyFile">Its key, encrypted.</param>
/// <param name="passphrase">Of the key file.</param>
/// <param name="running">The certificate that the service was started with.</param>
/// <param name="takeUp">Makes the running service use another certificate and key.</param>
internal sealed class OwnService(ServiceRole role, string certificateFile, string keyFile, string passphrase, Certificate running, Action<Identity> takeUp)
{
    public ServiceRole Role => role;

    /// <summary>The certificate's file, as logs and messages name the service.</summary>
    public string File => certificateFile;

    /// <summary>The certificate in the file.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public Certificate Certificate => CertificationAuthority.ReadCertificate(certificateFile);

    /// <summary>Whether a renewal died that had begun.</summary>
    public bool IsHalfRenewed => System.IO.File.Exists(KeyFile.Next(keyFile));

    /// <summary>Keeps other processes of this installation from renewing the same certificate until it is disposed of.</summary>
    /// <exception cref="IOException">One of them is at it.</exception>
    public IDisposable Lock() => new FileStream($"{keyFile}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

    /// <summary>Writes the next key beside the present one; it counts when its certificate stands.</summary>
    public void WriteNext(SoftwareSigningKey key)
    {
        System.IO.File.Delete(KeyFile.Next(keyFile));
        KeyFile.Write(KeyFile.Next(keyFile), key, passphrase);
    }

    /// <summary>Puts a certificate into its file, which makes it the service's.</summary>
    public void Replace(string pem) => PublicFile.Replace(certificateFile, System.Text.Encoding.ASCII.GetBytes(pem));

    /// <summary>Puts the next key into its place if its certificate stands, else away.</summary>
    public void Settle()
    {
        if (!IsHalfRenewed)
        {
            return;
        }

        using var present = KeyFile.Read(keyFile, passphrase);
        if (Belongs(present, Certificate))
        {
            System.IO.File.Delete(KeyFile.Next(keyFile)); // not read: who died while writing it may have left half of it
            return;
        }

        using var next = KeyFile.Read(KeyFile.Next(keyFile), passphrase);
        if (!Belongs(next, Certificate))
        {
            throw new ConfigurationException($"{keyFile}: does not belong to {certificateFile}, and neither does {KeyFile.Next(keyFile)}");
        }

        System.IO.File.Move(KeyFile.Next(keyFile), keyFile, overwrite: true);
    }

    /// <summary>Makes the running service use what the files hold, if that is something else than it uses. What is under way ends with the old key.</summary>
    /// <returns>Whether it was something else.</returns>
    /// <exception cref="ConfigurationException">Key and certificate do not belong together; the service goes on with what it has.</exception>
    public bool TakeUp()
    {
        var certificate = Certificate;
        if (certificate.Equals(running))
        {
            return false;
        }

        try
        {
            var key = KeyFile.ReadFor(keyFile, passphrase, certificate.Spki);
            takeUp(Belongs(key, certificate) ? new(certificate, key) : throw new ConfigurationException($"{keyFile}: does not belong to {certificateFile}"));
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }

        running = certificate;
        return true;
    }

    private static bool Belongs(SoftwareSigningKey key, Certificate certificate) => key.PublicKey.Spki.Span.SequenceEqual(certificate.Spki.Span);
}
