using Rekey.Ca;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Publish;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Login.Verification;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Notes;
using Rekey.Ra;
using Rekey.Ra.Cmp;
using Rekey.Ra.Store;
using Rekey.Ra.Upstream;
using Rekey.Server.Settings;
using Rekey.Store.Audit;
using Rekey.Store.Keys;
using Rekey.Web;
using Rekey.Web.Console;

namespace Rekey.Server.Serving;

/// <summary>The services of each part, from settings.</summary>
internal static class Parts
{
    /// <summary>The CA with its keys open.</summary>
    public static CertificationAuthority OpenCa(ServerSettings settings) => OpenCa(CaSettings.Load(settings.Needed(settings.CaDirectory, "ca")));

    /// <summary>The CA with its keys open; asks for their passphrase when its settings name no file.</summary>
    public static CertificationAuthority OpenCa(CaSettings settings) => CertificationAuthority.Open(settings, Passphrase.Of(settings).Read());

    /// <summary>RA, pages and console; the way to the CA is registered beside it.</summary>
    public static IServiceCollection AddRa(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(OpenRa(settings.RaIdentity));
        services.AddSingleton(OpenSecretBox(settings));
        services.AddRekeyRa(settings.Ra, settings.RaStore, OpenRaAudit(settings));
        services.AddConfigurationAudit<RaDbContext>(ConfigurationMark.Of(settings.Directory, Path.Combine(settings.Directory, "rekey.yaml"), settings.Profiles));
        services.AddRekeyWeb();
        return ConsoleSettings.Origin(settings) is { } origin ? services.AddRekeyConsole(ConsolePolicy(settings, origin), settings.Ra) : services;
    }

    /// <summary>Lets the CA in the same process renew the RA's certificate, if it is the very file that <c>ca.yaml</c> names.</summary>
    public static IServiceCollection AddRenewalOfRa(this IServiceCollection services, ServerSettings settings, CertificationAuthority ca)
    {
        var files = settings.RaIdentity.Files;
        if (!IsOwnRa(settings, ca.Settings))
        {
            return services;
        }

        return services.AddSingleton(p => new OwnService(
            ServiceRole.Ra, files.Certificate, files.Key, files.Passphrase.Read(), Read(files.Certificate), next =>
            {
                ca.AddRegistrationAuthority(next.Certificate); // before the first message that it signs
                p.GetRequiredService<RaIdentity>().Signer = Signer(settings.RaIdentity, next);
            }));
    }

    /// <summary>Whether the RA's certificate is one that the CA on this host names by the same file.</summary>
    public static bool IsOwnRa(ServerSettings settings, CaSettings ca) => settings.HasRa && settings.Upstream is null
        && ca.RegistrationAuthorities.Select(Path.GetFullPath).Contains(Path.GetFullPath(settings.RaIdentity.Files.Certificate));

    /// <summary>The way to a CA on another host.</summary>
    public static IServiceCollection AddUpstream(this IServiceCollection services, ServerSettings settings)
    {
        var upstream = settings.Needed(settings.Upstream, "upstream");
        var me = TlsIdentity.Open(settings.RaIdentity.Files, settings.RaIdentity.CaCertificate);
        var http = InnerClient.Create(upstream.Address, me, TlsIdentity.Certificates(upstream.Trust));
        var ca = new HttpCaUpstream(http);
        return services.AddSingleton<ICaUpstream>(ca).AddSingleton<IForeignStatus>(ca);
    }

    /// <summary>The CA's pushes to publishers on other hosts.</summary>
    public static IServiceCollection AddPushes(this IServiceCollection services, ServerSettings settings, InnerTls me, CertificationAuthority ca)
    {
        var roots = ca.Anchors.Select(a => System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(a.Encoded.Span)).ToList();
        foreach (var publisher in settings.Push)
        {
            var http = InnerClient.Create(publisher, me, roots);
            services.AddRekeyPushTo(_ => http);
        }

        return services;
    }

    /// <summary>What a publisher without a CA starts with.</summary>
    public static PublisherOptions Publisher(PublisherSettings settings) => new(
        settings.Issuers.ToDictionary(i => i.Key, i => Read(i.Value)),
        settings.Anchors.ToDictionary(a => a.Key, a => Read(a.Value)),
        settings.Directory,
        settings.Ocsp is { } ocsp ? new Identity(Read(ocsp.Certificate), KeyFile.Read(ocsp.Key, ocsp.Passphrase.Read())) : null);

    /// <summary>Name and key of the RA's audit log.</summary>
    public static AuditOptions OpenRaAudit(ServerSettings settings)
    {
        var file = settings.RaIdentity.AuditKey;
        var key = KeyFile.ReadEd25519(file, settings.RaIdentity.Files.Passphrase.Read());
        var pub = Path.ChangeExtension(file, ".pub");
        if (!File.Exists(pub))
        {
            throw new ConfigurationException($"{pub}: is missing; it has the audit log's name and public key and belongs beside {Path.GetFileName(file)}");
        }

        return new("ra", NoteKey.Parse(File.ReadAllText(pub).Trim()).Name, key);
    }

    /// <summary>The CA's services, and the audit of its configuration.</summary>
    public static IServiceCollection AddCa(this IServiceCollection services, CertificationAuthority ca) => services.AddRekeyCa(ca)
        .AddConfigurationAudit<CaDbContext>(ConfigurationMark.Of(ca.Settings.Directory, Path.Combine(ca.Settings.Directory, "ca.yaml"), ca.Settings.Profiles));

    /// <summary>Seals what the RA's store must not have in clear.</summary>
    public static SecretBox OpenSecretBox(ServerSettings settings) => SecretBox.FromPassphrase(settings.RaIdentity.Files.Passphrase.Read());

    /// <summary>The first certificate of a PEM file, or the one of a DER file.</summary>
    /// <exception cref="ConfigurationException">None, or it cannot be read.</exception>
    public static Certificate Read(string file)
    {
        try
        {
            var content = File.ReadAllBytes(file);
            return content is [0x30, ..] ? Certificate.FromDer(content)
                : Certificate.FromPem(System.Text.Encoding.UTF8.GetString(content)) is [var first, ..] ? first
                : throw new ConfigurationException($"{file}: has no certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedException)
        {
            throw new ConfigurationException($"{file}: {e.Message}", e);
        }
    }

    // Operators have certificates of our own CA, which the RA knows; a taken-over CA's are holders' alone.
    private static LoginPolicy ConsolePolicy(ServerSettings settings, string origin) => new()
    {
        Origin = origin,
        Anchors = [Read(settings.RaIdentity.CaCertificate), .. settings.Console.Issuers.Select(Read)],
    };

    private static RaIdentity OpenRa(RaIdentitySettings settings)
    {
        var certificate = Read(settings.Files.Certificate);
        var key = KeyFile.ReadFor(settings.Files.Key, settings.Files.Passphrase.Read(), certificate.Spki);
        return new(Signer(settings, new(certificate, key)), Read(settings.CaCertificate).Subject.Encoded.ToArray());
    }

    private static CmpSigner Signer(RaIdentitySettings settings, Identity identity) =>
        CmpSigner.Of(identity.Key, identity.Certificate.Encoded.ToArray(), Read(settings.CaCertificate).Encoded.ToArray());
}
