using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;
using Rekey.Tokens.Host;
using Rekey.Tokens.Hsm;

namespace Rekey.Ca.Keys;

/// <summary>Where a private key of the CA lives: exactly one of the two.</summary>
/// <param name="File">An encrypted file.</param>
/// <param name="Hsm">An HSM.</param>
public sealed record KeyLocation(string? File, HsmSettings? Hsm)
{
    internal static KeyLocation Read(YamlSection section, string directory)
    {
        var file = section.OptionalText("file");
        var hsm = section.Section("pkcs11") is { } pkcs11 ? ReadHsm(pkcs11, directory) : null;
        if (file is null == hsm is null)
        {
            throw section.Wrong(file is null ? "file" : "pkcs11", "a key is either in a file or behind pkcs11");
        }

        section.Done();
        return new(file is null ? null : Path.Combine(directory, file), hsm);
    }

    /// <summary>Reads the section of an HSM.</summary>
    internal static HsmSettings ReadHsm(YamlSection s, string directory)
    {
        var environment = s.Section("environment");
        var settings = new HsmSettings(s.Text("module"), s.Text("token"), Path.Combine(directory, s.Text("pinFile")))
        {
            Sessions = s.Number("sessions", 1, 64, 2),
            Environment = environment?.Keys.ToDictionary(k => k, k => environment.Text(k)) ?? [],
        };
        environment?.Done();
        s.Done();
        return settings;
    }

    /// <summary>Opens the key and makes sure that it belongs to its certificate.</summary>
    /// <param name="passphrase">Of key files.</param>
    /// <param name="certificate">The certificate that it shall belong to.</param>
    /// <param name="host">Starts the child processes in which PKCS#11 libraries run.</param>
    /// <exception cref="ConfigurationException">It cannot be opened or belongs to another certificate; the message names it.</exception>
    internal ISigningKey Open(string passphrase, Certificate certificate, HostProgram host)
    {
        if (Hsm is not null)
        {
            return HsmSigningKey.Open(Hsm, certificate.Spki, host);
        }

        try
        {
            var key = KeyFile.ReadFor(File!, passphrase, certificate.Spki);
            return key.PublicKey.Spki.Span.SequenceEqual(certificate.Spki.Span) ? key
                : throw new ConfigurationException($"{File}: does not belong to the certificate of {certificate.Subject}");
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
