using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// Makes a new CA: root, issuing CA, service certificates, configuration. Everything is made in a directory beside the wanted one,
/// which is renamed at the end, so an interrupted ceremony leaves no half CA. It never overwrites: a CA is made once.
/// </summary>
public sealed class InitialiseCa(TimeProvider time)
{
    private static readonly AlgorithmSuite[] CaSuites = [AlgorithmSuite.Rsa3072, AlgorithmSuite.Rsa4096, AlgorithmSuite.P256, AlgorithmSuite.P384];

    /// <summary>Makes it.</summary>
    /// <returns>Settings to open it with.</returns>
    /// <exception cref="ConfigurationException">The directory is not empty, or an option does not fit.</exception>
    public CaSettings Run(CeremonyOptions options)
    {
        Refuse(options);
        var target = Path.GetFullPath(options.Directory);
        var work = $"{target}.{Guid.NewGuid():N}";
        CreatePrivateDirectory(work);
        try
        {
            Make(options, new CaDirectory(work));
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

    private void Make(CeremonyOptions options, CaDirectory directory)
    {
        var now = Second(time.GetUtcNow());
        var since = Second(options.Since ?? now);
        using var rootKey = SoftwareSigningKey.Generate(options.RootSuite);
        var root = Sign(CaCertificates.Root(options, rootKey.PublicKey, since), null, CaCertificates.RootRules(options), rootKey, now);
        directory.WriteIdentity("root", root, rootKey, options.RootPassphrase, "root");

        using var issuingKey = SoftwareSigningKey.Generate(options.IssuingSuite);
        var issuing = Sign(CaCertificates.Issuing(options, issuingKey.PublicKey, root, since), root, CaCertificates.IssuingRules(options), rootKey, now);
        directory.WriteIdentity(options.IssuerName, issuing, issuingKey, options.Passphrase);

        foreach (var role in ServiceRole.All)
        {
            using var key = SoftwareSigningKey.Generate(options.ServiceSuite);
            var certificate = Sign(
                role.Template(options, key.PublicKey, issuing, now), issuing, role.Rules(options), issuingKey, now);
            directory.WriteIdentity(role.Name, certificate, key, options.Passphrase, role.Folder);
        }

        var rootCrl = CrlBuilder.Sign(
            new CrlTemplate { Number = 1, ThisUpdate = now, NextUpdate = now.AddYears(1), Entries = [] }, root, rootKey);
        directory.WriteCrl("root", rootCrl);
        directory.WriteChain([issuing, root]);
        directory.WriteText("profiles.yaml", ProfileFile.Default(options.Zone, options.IssuerName, options.Publisher));
        directory.WriteText("ca.yaml", CaFile.Text(options));
        if (options.KeepPassphrase)
        {
            KeyFile.WritePrivate(directory.Path("passphrase"), options.Passphrase + "\n");
        }
    }

    private static Certificate Sign(CertificateTemplate template, Certificate? issuer, CertificateRules rules, ISigningKey key, DateTimeOffset now) =>
        Certificate.FromDer(Lint.Check(template.Encode(), issuer, rules, now).Sign(key));

    private static DateTimeOffset Second(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond)).ToUniversalTime();

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
