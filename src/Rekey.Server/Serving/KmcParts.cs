using System.Security.Cryptography.X509Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Upstream;
using Rekey.Contract.Upstream;
using Rekey.Kmc;
using Rekey.Kmc.Inner;
using Rekey.Kmc.Master;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Store;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Notes;
using Rekey.Server.Settings;
using Rekey.Store.Audit;
using Rekey.Store.Keys;
using Rekey.Tokens.Host;
using Rekey.Tokens.Hsm;

namespace Rekey.Server.Serving;

/// <summary>The key-management centre's services, from settings.</summary>
internal static class KmcParts
{
    /// <summary>The centre with its keys open.</summary>
    /// <exception cref="ConfigurationException">A file is missing or does not fit; the message names it.</exception>
    public static KeyCentre Open(KmcSettings settings)
    {
        var chain = ReadAll(settings.Files.Certificate);
        var passphrase = settings.Files.Passphrase.Read();
        var key = KeyFile.ReadFor(settings.Files.Key, passphrase, chain[0].Spki);
        if (!key.PublicKey.Spki.Span.SequenceEqual(chain[0].Spki.Span))
        {
            throw new ConfigurationException($"{settings.Files.Key}: does not belong to {settings.Files.Certificate}");
        }

        var chains = Chains(settings);
        return new(
            settings.Store, Audit(settings, passphrase), new MasterKeys(Safe(settings)), CmpSigner.Of(key, [.. chain.Select(c => c.Encoded.ToArray())]),
            new CaTrust(Parts.Read(settings.Ca), chains), chains)
        {
            Pool = settings.Pool,
            Recovery = new RecoveryOptions
            {
                Officers = [.. settings.Officers.Select(Parts.Read)],
                Custodians = [.. settings.Custodians.Select(ReadCustodian)],
                Threshold = settings.Threshold,
            },
        };
    }

    /// <summary>Where the master is.</summary>
    public static IMasterSafe Safe(KmcSettings settings) => settings.Hsm is { } hsm
        ? InHsm(settings.Master, hsm)
        : new MasterFiles(settings.Master, settings.Files.Passphrase.Read());

    /// <summary>The master in files that an HSM opens.</summary>
    public static IMasterSafe InHsm(string directory, HsmSettings hsm) => new MasterInHsm(directory, hsm, KeyFile.ReadPassphrase(hsm.PinFile), HostProgram.Self());

    /// <summary>The centre's services, and the audit of its configuration.</summary>
    public static IServiceCollection AddKmc(this IServiceCollection services, ServerSettings settings) =>
        services.AddRekeyKmc(Open(settings.Needed(settings.Kmc, "kmc")))
            .AddConfigurationAudit<KmcDbContext>(ConfigurationMark.Of(settings.Directory, Path.Combine(settings.Directory, "rekey.yaml")));

    /// <summary>The way from the CA to a centre on another host; nothing without one.</summary>
    public static IServiceCollection AddKmcUpstream(this IServiceCollection services, ServerSettings settings, InnerTls me)
    {
        if (settings.KmcUpstream is { } upstream)
        {
            X509Certificate2[] roots = [.. TlsIdentity.Certificates(upstream.Trust)];
            var http = InnerClient.Create(upstream.Address, me, roots);
            services.AddSingleton<IKmcUpstream>(new HttpKmcUpstream(http));
        }

        return services;
    }

    /// <summary>What chains of the institution lead over and end in.</summary>
    public static ChainValidator Chains(KmcSettings settings)
    {
        var above = ReadAll(settings.Files.Certificate).Skip(1).Concat(settings.Trust.SelectMany(ReadAll)).Distinct().ToList();
        var roots = above.Where(c => c.IsSelfIssued).ToList();
        return roots.Count > 0 ? new(roots, above.Except(roots))
            : throw new ConfigurationException($"{settings.Files.Certificate}: has no root above the centre's certificate, and kmc.trust names none");
    }

    private static AuditOptions Audit(KmcSettings settings, string passphrase)
    {
        var key = KeyFile.ReadEd25519(settings.AuditKey, passphrase);
        var pub = Path.ChangeExtension(settings.AuditKey, ".pub");
        return File.Exists(pub) ? new("kmc", NoteKey.Parse(File.ReadAllText(pub).Trim()).Name, key)
            : throw new ConfigurationException($"{pub}: is missing; it has the audit log's name and public key and belongs beside {Path.GetFileName(settings.AuditKey)}");
    }

    // The signing certificate, and the encryption certificate where that is another.
    private static Custodian ReadCustodian(string file) => ReadAll(file) is [var signing, var encryption, ..] ? new(signing, encryption)
        : new(ReadAll(file)[0], ReadAll(file)[0]);

    private static IReadOnlyList<Certificate> ReadAll(string file)
    {
        try
        {
            return Certificate.FromPem(File.ReadAllText(file)) is { Count: > 0 } all ? all : throw new ConfigurationException($"{file}: has no PEM certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedException)
        {
            throw new ConfigurationException($"{file}: {e.Message}", e);
        }
    }
}
