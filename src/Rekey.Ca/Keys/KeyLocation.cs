using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;

namespace Rekey.Ca.Keys;

/// <summary>Where a private key of the CA lives.</summary>
/// <param name="File">An encrypted file.</param>
public sealed record KeyLocation(string File)
{
    internal static KeyLocation Read(YamlSection section, string directory)
    {
        var location = new KeyLocation(Path.Combine(directory, section.Text("file")));
        section.Done();
        return location;
    }

    /// <summary>Opens the key and makes sure that it belongs to its certificate.</summary>
    /// <param name="passphrase">Of key files.</param>
    /// <param name="certificate">The certificate that it shall belong to.</param>
    /// <exception cref="ConfigurationException">It cannot be opened or belongs to another certificate; the message names it.</exception>
    internal ISigningKey Open(string passphrase, Pki.Certificates.Certificate certificate)
    {
        try
        {
            var key = KeyFile.Read(File, passphrase);
            return key.PublicKey.Spki.Span.SequenceEqual(certificate.Spki.Span) ? key
                : throw new ConfigurationException($"{File}: does not belong to the certificate of {certificate.Subject}");
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
