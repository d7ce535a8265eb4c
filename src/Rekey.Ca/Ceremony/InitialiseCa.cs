using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Keys;
using Rekey.Ca.Profiles;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
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
    private static readonly AlgorithmSuite[] CaSuites = [AlgorithmSuite.Rsa3072, AlgorithmSuite.Rsa4096, AlgorithmSuite.P256, AlgorithmSuite.P384, AlgorithmSuite.Sm2];

    /// <summary>Makes it.</summary>
    /// <param name="options">What it shall be.</param>
    /// <param name="moduleHost">Starts the child processes in which PKCS#11 libraries run; null: this program, asked for <c>module-host</c>.</param>
    /// <returns>Settings to open it with.</returns>
    /// <exception cref="ConfigurationException">The directory is not empty, or an option does not fit.</exception>
    public CaSettings Run(CeremonyOptions options, HostProgram? moduleHost = null)
    {
        Refuse(options);
        var target = Path.GetFullPath(options.Directory);
        var work = $"{target}.{Guid.NewGuid():N}";
        CreatePrivateDirectory(work);
        try
        {
            Make(options, new CaDirectory(work), moduleHost);
            if (Directory.Exists(target))
            {
                Directory.Delete(target); // empty, or Refuse would have said no
            }

            Directory.Move(work, target);
        }
        catch
        {
            Directory.Delete(work, recursive: true);
            throw;
        }

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

        foreach (var suite in new[] { options.RootSuite, options.IssuingSuite })
        {
            if (!CaSuites.Contains(suite))
            {
                throw new ConfigurationException($"a CA's key is one of {string.Join(", ", CaSuites.Select(s => s.Name))}, not {suite}");
            }
        }

        if (!Uri.TryCreate(options.Publisher, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || options.Publisher.EndsWith('/'))
        {
            throw new ConfigurationException($"\"{options.Publisher}\" is not an http address without a slash at its end");
        }
    }

    private void Make(CeremonyOptions options, CaDirectory directory, HostProgram? moduleHost)
    {
        var now = time.GetUtcNow().ToWholeSecond();
        var since = (options.Since ?? now).ToWholeSecond();
        using var rootKey = SoftwareSigningKey.Generate(options.RootSuite);
        var root = Sign(CaCertificates.Root(options, rootKey.PublicKey, since), null, CaCertificates.RootRules(options), rootKey, now);
        directory.WriteIdentity("root", root, rootKey, options.RootPassphrase, "root");

        var issuingKey = IssuingKey(options, moduleHost);
        using var closing = issuingKey as IDisposable;
        var issuing = Sign(CaCertificates.Issuing(options, issuingKey.PublicKey, root, since), root, CaCertificates.IssuingRules(options), rootKey, now);
        directory.WriteIdentity(options.IssuerName, issuing, issuingKey as SoftwareSigningKey, options.Passphrase);

        var spec = ServiceSpec.Of(options);
        foreach (var role in ServiceRole.OfCeremony)
        {
            using var key = SoftwareSigningKey.Generate(spec.Suite);
            var certificate = Sign(role.Template(spec, key.PublicKey, issuing, now), issuing, role.Rules(spec), issuingKey, now);
            directory.WriteIdentity(role.Name, certificate, key, options.Passphrase, role.Folder);
        }

        var rootCrl = CrlBuilder.Sign(
            new CrlTemplate { Number = 1, ThisUpdate = now, NextUpdate = now.AddDays(RootCrlOrder.DefaultDays), Entries = [] }, root, rootKey);
        directory.WriteCrl("root", rootCrl);
        directory.WriteChain([issuing, root]);
        var audit = Ed25519Key.Generate();
        KeyFile.Write(directory.Path("keys", "audit.key"), audit, options.Passphrase);
        directory.WriteText("audit.pub", new NoteKey(CaFile.AuditOrigin(options), audit.PublicKey) + "\n");
        var raAudit = Ed25519Key.Generate();
        KeyFile.Write(directory.Path("ra", "audit.key"), raAudit, options.Passphrase);
        directory.WriteText(Path.Combine("ra", "audit.pub"), new NoteKey($"{new Uri(options.Publisher).Host}/audit/ra", raAudit.PublicKey) + "\n");
        directory.WriteText("profiles.yaml", ProfileFile.Default(options.Zone, options.IssuerName, options.Publisher));
        directory.WriteText("ca.yaml", CaFile.Text(options));
        if (options.KeepPassphrase)
        {
            KeyFile.WritePrivate(directory.Path("passphrase"), options.Passphrase + "\n");
        }
    }

    private static ISigningKey IssuingKey(CeremonyOptions options, HostProgram? moduleHost) => options.IssuingHsm is { } hsm
        ? HsmSigningKey.Generate(hsm, options.IssuerName, options.IssuingSuite, moduleHost ?? HostProgram.Self())
        : SoftwareSigningKey.Generate(options.IssuingSuite);

    private static Certificate Sign(CertificateTemplate template, Certificate? issuer, CertificateRules rules, ISigningKey key, DateTimeOffset now) =>
        Certificate.FromDer(Lint.Check(template.Encode(), issuer, rules, now).Sign(key));


    private static void CreatePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
