using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Contract.Upstream;
using Rekey.Kmc;
using Rekey.Kmc.Status;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Pki.Keys;
using Rekey.Server.Serving;
using Rekey.Server.Settings;

namespace Rekey.Server.Diagnosis;

/// <summary>What a key-management centre lives by besides its files: the pool and who may recover.</summary>
internal static class KmcChecks
{
    /// <summary>
    /// On a CA's host: whether the centre on another host answers, by a notice that an order has ended which never was; the centre takes it
    /// and does nothing.
    /// </summary>
    /// <returns>Null when there is no such centre, or nothing can be asked without keys that were reported already.</returns>
    public static async Task<Finding?> UpstreamAsync(ServerSettings settings, DateTimeOffset now, CancellationToken cancel)
    {
        if (settings is not { KmcUpstream: { } upstream, CaDirectory: { } directory, Inner: { } inner } || !inner.Identity.Passphrase.IsAvailable)
        {
            return null;
        }

        const string Action = "start the centre; check address, firewall, kmcUpstream.trust, kmc.clients over there and kmcCertificate in ca.yaml";
        try
        {
            using var ca = Parts.OpenCa(CaSettings.Load(directory));
            var centre = ca.Kmc ?? throw new ConfigurationException("kmcCertificate is missing in ca.yaml");
            await using var services = new ServiceCollection().AddKmcUpstream(settings, new InnerTls(inner.Identity)).BuildServiceProvider();
            var header = new CmpHeader(3, centre.Certificate.Subject.Encoded.ToArray(), RandomNumberGenerator.GetBytes(16), null, now);
            var question = new KeyNotice(RandomNumberGenerator.GetBytes(KeyOrder.OrderIdSize), 0, KeyOrderEnd.Ended).ToMessage(header, CmpSigner.Of(ca.Cmp.Key, ca.Cmp.Certificate.Encoded.ToArray()));
            var answer = CmpMessage.Parse(await services.GetRequiredService<IKmcUpstream>().ExchangeAsync(question, cancel));
            KmcMessages.RequireTaken(answer, centre, CmpMessage.Parse(question), now);
            return Finding.Ok($"the key-management centre at {upstream.Address} answers");
        }
        catch (Exception e) when (e is KmcUnreachableException or CmpInvalidException or CmpRefusedException or ConfigurationException or PrivateKeyException)
        {
            return Finding.Red($"the key-management centre at {upstream.Address}: {(e.InnerException ?? e).Message}", Action);
        }
    }

    /// <summary>Takes the latest version of the master out of its safe, and lets it go.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    /// <exception cref="PrivateKeyException">It cannot be opened.</exception>
    public static void OpenMaster(KmcSettings settings, KeyCentre centre) =>
        _ = centre.Master.Versions is [.., var latest] ? centre.Master.CheckValue(latest)
            : throw new ConfigurationException($"{settings.Master}: has no file master-1.key; a lost master comes back from its shares: rekey kmc restore-master");

    /// <summary>Looks.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(KmcSettings settings, KmcDbContext db, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        var counts = (await ReadStatus.KeysAsync(db, cancel)).ToDictionary(c => c.Kind, c => c.Spare);
        foreach (var (kind, wanted) in settings.Pool.Spare.Where(s => s.Value > 0))
        {
            var spare = counts.GetValueOrDefault(kind);
            findings.Add(spare * 2 < wanted
                ? Finding.Warn($"pool of {kind} keys: {spare} of {wanted}", "normal after the first start and after a rush; else raise kmc.pool.cpuPercent: keys are made on demand meanwhile, and holders wait")
                : Finding.Ok($"pool of {kind} keys: {spare} of {wanted}"));
        }

        findings.Add(await db.Masters.AnyAsync(m => m.RetiredAt == null && db.Masters.Any(o => o.Version > m.Version), cancel)
            ? Finding.Warn("the rotation of the master has not ended", "rekey kmc rotate-master goes on where it stopped")
            : Finding.Ok("all keys are under the latest master"));
        findings.Add(settings.Officers.Count >= 2
            ? Finding.Ok($"{settings.Officers.Count} officers may recover holders' keys, two at a time")
            : Finding.Warn("kmc.recovery.officers: fewer than two; no holder's key can be recovered", "name the certificates of at least two persons"));
        findings.Add(settings.Custodians.Count >= settings.Threshold
            ? Finding.Ok($"{settings.Threshold} of {settings.Custodians.Count} custodians recover for a court, and restore the master")
            : Finding.Warn("kmc.recovery.custodians: none; nobody holds shares of the master", "name their certificates, then rekey kmc split-master"));
        return findings;
    }
}
