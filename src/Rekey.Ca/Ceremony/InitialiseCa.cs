using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Pki.Notes;
using Rekey.Store.Keys;
using Rekey.Tokens.Host;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// Makes a new CA: root, issuing CA, service certificates, configuration. Everything is made in a directory beside the wanted one,
/// which is renamed at the end, so an interrupted ceremony leaves no half CA. It never overwrites: a CA is made once.
/// </summary>
public sealed class InitialiseCa(TimeProvider time)
{
    /// <summary>Makes it.</summary>
    /// <param name="options">What it shall be.</param>
    /// <param name="moduleHost">Starts the child processes in which PKCS#11 libraries run; null: this program, asked for <c>module-host</c>.</param>
    /// <returns>Settings to open it with.</returns>
    /// <exception cref="ConfigurationException">The directory is not empty, or an option does not fit.</exception>
    public CaSettings Run(CeremonyOptions options, HostProgram? moduleHost = null)
    {
        Refuse(options);
        var target = Path.GetFullPath(options.Directory);
        CeremonyDirectory.Make(target, work =>
        {
            Make(options, new CaDirectory(work), moduleHost);
            return work;
        });
        return CaSettings.Load(target);
    }

    private static void Refuse(CeremonyOptions options)
    {
        if (Directory.Exists(options.Directory) && Directory.EnumerateFileSystemEntries(options.Directory).Any())
        {
            throw new ConfigurationException(File.Exists(Path.Combine(options.Directory, "ca.yaml"))
                ? $"{options.Directory}: there is a CA already; a CA is made once"
                : $"{options.Directory}: is not empty");
        }

        Hierarchy.Refuse(options);
    }

    private void Make(CeremonyOptions options, CaDirectory directory, HostProgram? moduleHost)
    {
        var now = time.GetUtcNow().ToWholeSecond();
        var since = (options.Since ?? now).ToWholeSecond();
        using var made = Hierarchy.Make(options, since, now, moduleHost);
        made.Write(directory, options);
        foreach (var role in ServiceRole.OfCeremony)
        {
            var (certificate, key) = made.Service(role, options, now);
            using (key)
            {
                directory.WriteIdentity(role.Name, certificate, key, options.Passphrase, role.Folder);
            }
        }

        directory.WriteChain([made.Issuing, made.Root]);
        var audit = Ed25519Key.Generate();
        KeyFile.Write(directory.Path("keys", "audit.key"), audit, options.Passphrase);
        directory.WriteText("audit.pub", new NoteKey(CaFile.AuditOrigin(options), audit.PublicKey) + "\n");
        var raAudit = Ed25519Key.Generate();
        KeyFile.Write(directory.Path("ra", "audit.key"), raAudit, options.Passphrase);
        directory.WriteText(Path.Combine("ra", "audit.pub"), new NoteKey($"{new Uri(options.Publisher).Host}/audit/ra", raAudit.PublicKey) + "\n");
        directory.WriteText("profiles.yaml", ProfileFile.Default(options.Zone, options.IssuerName, options.Publisher, options.IssuingSuite));
        directory.WriteText("ca.yaml", CaFile.Text(options));
        if (options.KeepPassphrase)
        {
            KeyFile.WritePrivate(directory.Path("passphrase"), options.Passphrase + "\n");
        }
    }
}
