using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Kmc.Store;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Ra.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store;

namespace Rekey.Server.Diagnosis;

/// <summary>
/// Looks at everything that this host needs, each thing by itself, so that one fault does not hide another. Changes nothing; the
/// service may be running or not.
/// </summary>
internal sealed class Doctor(string directory, TimeProvider time)
{
    private readonly List<Finding> findings = [];

    /// <summary>Looks.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancel)
    {
        ServerSettings? settings = null;
        Try("settings", "correct the file and line that is named", () =>
        {
            settings = ServerSettings.Load(directory);
            Ok($"settings of {Parts(settings)} can be read");
        });
        if (settings is null)
        {
            return findings;
        }

        Mode(settings);
        Keys(settings);
        Try("ends of certificates", "correct ca.yaml", () => findings.AddRange(Expiries.Of(settings).Select(e => e.At(time.GetUtcNow()))));
        await StoresAsync(settings, cancel);
        await UpstreamAsync(settings, cancel);
        findings.AddRange(await KmcChecks.UpstreamAsync(settings, time.GetUtcNow(), cancel) is { } kmc ? [kmc] : []);
        RootCrls(settings);
        Published(settings);
        return findings;
    }

    private static string Parts(ServerSettings s) => string.Join(", ", ((string?[])
        [s.HasRa ? "RA" : null, s.CaDirectory is null ? null : "CA", s.Kmc is null ? null : "KMC", s.Publisher is null ? null : "publisher"]).OfType<string>());

    private void Mode(ServerSettings s)
    {
        var embedded = s.HasRa && s.CaDirectory is not null;
        findings.Add(embedded
            ? Finding.Warn("embedded: RA and CA on one host", "for trial and small sites; a large site has them on hosts of their own (docs/operations.md)")
            : Finding.Ok("RA and CA are on hosts of their own"));
        if (s.CaDirectory is { } ca && Directory.Exists(Path.Combine(ca, "root")))
        {
            findings.Add(Finding.Warn("the root's key is on this host (root/)", "move it to a safe; the service never needs it"));
        }
    }

    private void Keys(ServerSettings s)
    {
        const string Action = "put the right file there, mode 0600, owned by the service's user; passphrase and key belong together";
        if (s.HasRa)
        {
            Key("the RA's keys", s.RaIdentity.Files.Passphrase, Action, () =>
            {
                TlsIdentity.Open(s.RaIdentity.Files); // also that key and certificate belong together
                Serving.Parts.OpenRaAudit(s);
                Ok("the RA's keys open");
            });
        }

        if (s.CaDirectory is { } ca)
        {
            Try("the CA's keys", "correct ca.yaml", () =>
            {
                var settings = CaSettings.Load(ca);
                var passphrase = Passphrase.Of(settings);
                Key("the CA's keys", passphrase, Action + "; an HSM must be plugged in and its PIN file right", () =>
                {
                    using var opened = CertificationAuthority.Open(settings, passphrase.Read());
                    Ok("the CA's keys and profiles open");
                });
            });
        }

        if (s.Kmc is { } kmc)
        {
            Key("the key-management centre's keys", kmc.Files.Passphrase, Action + "; an HSM must be plugged in and its PIN file right", () =>
            {
                using var opened = KmcParts.Open(kmc);
                _ = PinnedClients.Of(kmc, time);
                KmcChecks.OpenMaster(kmc, opened);
                Ok("the key-management centre's keys open");
            });
        }

        if (s.Inner is { } inner)
        {
            Key("the inner listener's key", inner.Identity.Passphrase, Action, () =>
            {
                TlsIdentity.Open(inner.Identity);
                Ok("the inner listener's key opens");
            });
        }

        if (s.Publisher is { } publisher)
        {
            Key("the publisher's files", publisher.Ocsp?.Passphrase, Action, () =>
            {
                Serving.Parts.Publisher(publisher);
                _ = PinnedClients.Of(publisher, time);
                Ok("the publisher's files open");
            });
        }
    }

    private async Task StoresAsync(ServerSettings s, CancellationToken cancel)
    {
        ServiceProvider? stores = null;
        Try("stores", "correct ca.yaml", () => stores = Migration.Stores(s));
        if (stores is null)
        {
            return;
        }

        await using (stores)
        {
            if (stores.GetService<IDbContextFactory<RaDbContext>>() is { } ra)
            {
                await StoreAsync("ra", ra, s.RaStore, null, cancel);
            }

            if (stores.GetService<IDbContextFactory<CaDbContext>>() is { } ca)
            {
                await StoreAsync("ca", ca, CaSettings.Load(s.CaDirectory!).Store, CrlsAsync, cancel);
            }

            if (stores.GetService<IDbContextFactory<KmcDbContext>>() is { } kmc)
            {
                await StoreAsync("kmc", kmc, s.Kmc!.Store, async (db, ct) => findings.AddRange(await KmcChecks.RunAsync(s.Kmc, db, ct)), cancel);
            }
        }
    }

    private async Task StoreAsync<TContext>(
        string name, IDbContextFactory<TContext> contexts, StoreOptions options, Func<TContext, CancellationToken, Task>? more, CancellationToken cancel)
        where TContext : AuthorityDbContext
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancel);
            findings.AddRange(await StoreChecks.RunAsync(name, db, options, time.GetUtcNow(), cancel));
            if (more is not null && findings.TrueForAll(f => f.Mark != Mark.Red || !f.Text.StartsWith($"store {name}", StringComparison.Ordinal)))
            {
                await more(db, cancel);
            }
        }
        catch (Exception e) when (StoreChecks.IsDatabaseTrouble(e))
        {
            findings.Add(Finding.Red($"store {name}: {e.Message}", "start the database, or correct store: in the settings; a new store wants: rekey migrate"));
        }
    }

    private async Task CrlsAsync(CaDbContext db, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        foreach (var issuer in await db.Issuers.AsNoTracking().ToListAsync(cancel))
        {
            var next = await db.Crls.Where(c => c.IssuerId == issuer.Id).MaxAsync(c => (DateTimeOffset?)c.NextUpdate, cancel);
            var until = issuer.Kind == IssuerKind.Foreign && issuer.CrlSource is null ? DateTimeOffset.MaxValue : next;
            findings.Add(until is null ? Finding.Warn($"CRL of {issuer.Name}: none yet", "start the CA; it makes one at start")
                : until < now && issuer.Kind == IssuerKind.Own ? Finding.Red($"CRL of {issuer.Name}: ended {until:yyyy-MM-dd HH:mm}Z", "start the CA, and look into its log why it made none")
                : until < now ? Finding.Warn($"CRL of the taken-over CA {issuer.Name}: ended {until:yyyy-MM-dd HH:mm}Z; its certificates are refused", "make its source reachable, or give another: rekey takeover issuer add")
                : Finding.Ok($"CRL of {issuer.Name} is fresh"));
        }
    }

    private async Task UpstreamAsync(ServerSettings s, CancellationToken cancel)
    {
        if (s.Upstream is not { } upstream || !s.RaIdentity.Files.Passphrase.IsAvailable)
        {
            return; // without the RA's key nobody answers it; that it was not opened is said already
        }

        try
        {
            await using var services = new ServiceCollection().AddUpstream(s).BuildServiceProvider();
            await services.GetRequiredService<ICaUpstream>().EventsAsync(0, 1, cancel);
            Ok($"the CA at {upstream.Address} answers");
        }
        catch (Exception e) when (e is CaUnreachableException or ConfigurationException or PrivateKeyException)
        {
            findings.Add(Finding.Red(
                $"the CA at {upstream.Address}: {(e.InnerException ?? e).Message}",
                "start the CA; check address, firewall, upstream.trust, and that ca.yaml there names this RA's certificate"));
        }
    }

    // Their ends are among the expiries.
    private void RootCrls(ServerSettings s)
    {
        if (s.CaDirectory is not { } directory)
        {
            return;
        }

        Try("the roots' CRLs", "correct ca.yaml", () =>
        {
            var ca = CaSettings.Load(directory);
            foreach (var name in ca.Anchors.Select(a => Path.GetFileNameWithoutExtension(a)))
            {
                Try($"CRL {name}", "put the last one there, which the publisher has", () => CertificateRevocationList.Read(File.ReadAllBytes(ca.RootCrl(name))));
            }
        });
    }

    private void Published(ServerSettings s)
    {
        foreach (var name in s.Publisher?.Issuers.Keys.Concat(s.Publisher.Anchors.Keys) ?? [])
        {
            var file = Path.Combine(s.Publisher!.Directory, $"{name}.crl");
            Try($"CRL {name}", "let the CA push again: restart it", () =>
            {
                if (!File.Exists(file))
                {
                    findings.Add(Finding.Warn($"CRL {name}: none yet", "start the CA; it pushes at start"));
                    return;
                }

                var crl = CertificateRevocationList.Read(File.ReadAllBytes(file));
                if (s.Publisher.Issuers.ContainsKey(name)) // a root's is among the expiries
                {
                    findings.Add(crl.NextUpdate < time.GetUtcNow()
                        ? Finding.Red($"CRL {name}: ended {crl.NextUpdate:yyyy-MM-dd HH:mm}Z", "start the CA, or check push: in its settings")
                        : Finding.Ok($"CRL {name} is fresh"));
                }
            });
        }
    }

    // A passphrase that is typed at start is not there when the doctor runs by the clock: no fault, but not looked at either.
    private void Key(string what, Passphrase? passphrase, string action, Action open)
    {
        if (passphrase is { IsAvailable: false })
        {
            findings.Add(Finding.Warn($"{what}: not looked at, because the settings name no passphraseFile", "run rekey doctor at a terminal, where it can ask"));
            return;
        }

        Try(what, action, open);
    }

    private void Ok(string text) => findings.Add(Finding.Ok(text));

    private void Try(string what, string action, Action look)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is ConfigurationException or PrivateKeyException or MalformedException or IOException or UnauthorizedAccessException)
        {
            findings.Add(Finding.Red($"{what}: {e.Message}", action));
        }
    }
}
