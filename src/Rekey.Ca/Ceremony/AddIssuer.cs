using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;
using Rekey.Tokens.Host;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// Makes a further root with an issuing CA below it beside those that a CA has, for example an SM2 one beside an RSA one. Only
/// new files; the administrator names the issuer in <c>ca.yaml</c> and in the profiles that shall use it.
/// </summary>
public sealed class AddIssuer(TimeProvider time)
{
    /// <summary>Makes it.</summary>
    /// <param name="options">What it shall be; its directory is a CA's, its names are new there.</param>
    /// <param name="moduleHost">Starts the child processes in which PKCS#11 libraries run; null: this program, asked for <c>module-host</c>.</param>
    /// <returns>What to write under <c>issuers:</c> in <c>ca.yaml</c>, and the root's entry for <c>anchors:</c>.</returns>
    /// <exception cref="Pki.Keys.PrivateKeyException">The passphrase is not the one of the service's keys.</exception>
    /// <exception cref="ConfigurationException">No CA there, a name that is taken, or an option that does not fit.</exception>
    public (string Issuer, string Anchor) Run(CeremonyOptions options, HostProgram? moduleHost = null)
    {
        var settings = CaSettings.Load(options.Directory);
        Hierarchy.Refuse(options);
        RefuseNames(settings, options);
        KeyFile.ReadEd25519(settings.AuditKey, options.Passphrase); // one passphrase opens all keys of the service, or it does not start
        var directory = new CaDirectory(settings.Directory);
        var ocsp = $"{options.IssuerName}-ocsp";
        foreach (var name in new[] { options.RootName, options.IssuerName, ocsp })
        {
            if (File.Exists(directory.Path("certificates", $"{name}.pem")))
            {
                throw new ConfigurationException($"{directory.Path("certificates", $"{name}.pem")}: exists; nothing was changed");
            }
        }

        var now = time.GetUtcNow().ToWholeSecond();
        using var made = Hierarchy.Make(options, (options.Since ?? now).ToWholeSecond(), now, moduleHost);
        var (certificate, key) = made.Service(ServiceRole.Ocsp, options, now);
        using (key)
        {
            directory.WriteIdentity(ocsp, certificate, key, options.Passphrase);
        }

        made.Write(directory, options);
        return (CaFile.Issuer(options, ocsp), $"certificates/{options.RootName}.pem");
    }

    // Certificates are found by their issuer's name.
    private static void RefuseNames(CaSettings settings, CeremonyOptions options)
    {
        var taken = settings.Issuers.Select(i => i.Identity.Certificate).Concat(settings.Anchors)
            .SelectMany(f => Certificate.FromPem(File.ReadAllText(f)).Take(1)).FirstOrDefault(c => c.Subject.Equals(options.RootSubject) || c.Subject.Equals(options.IssuingSubject));
        if (taken is not null)
        {
            throw new ConfigurationException($"{taken.Subject}: there is a CA of this name; nothing was changed");
        }
    }
}
