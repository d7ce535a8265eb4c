using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Master;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc.Custody;

/// <summary>Splits the versions of the master that are in force among the custodians: any M of them give it back, fewer know nothing.</summary>
internal sealed class SplitMaster(KeyCentre centre, Acts<KmcDbContext> acts, IDbContextFactory<KmcDbContext> contexts, IMasterSafe safe)
{
    /// <summary>Splits.</summary>
    /// <param name="actor">Who, for the audit log.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The shares, each with its custodian; they are accounted for before they are given out.</returns>
    /// <exception cref="Pki.Algorithms.UnsupportedKeyException">A custodian's key cannot decrypt.</exception>
    public async Task<IReadOnlyList<(Custodian Custodian, MasterShare Share)>> RunAsync(string actor, CancellationToken ct)
    {
        List<int> versions;
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            versions = await db.Masters.Where(m => m.RetiredAt == null).OrderBy(m => m.Version).Select(m => m.Version).ToListAsync(ct);
        }

        var shares = versions.SelectMany(Split).ToList();
        await using var act = await acts.BeginAsync(ct);
        foreach (var version in versions)
        {
            act.Record(new AuditEvent("master.split", actor, OpenMaster.Name(version))
            {
                Details = new Dictionary<string, string>
                {
                    ["threshold"] = centre.Recovery.Threshold.ToString(CultureInfo.InvariantCulture),
                    ["custodians"] = string.Join(' ', centre.Recovery.Custodians.Select(c => Convert.ToHexStringLower(c.Encryption.Sha256))),
                },
            });
        }

        await act.CommitAsync(ct);
        return shares;
    }

    private List<(Custodian, MasterShare)> Split(int version)
    {
        var custodians = centre.Recovery.Custodians;
        var master = safe.Read(version);
        byte[][] values = [];
        try
        {
            values = SecretSharing.Split(master, centre.Recovery.Threshold, custodians.Count);
            var check = MasterKeys.CheckValue(master);
            return [.. custodians.Select((c, i) => (c, MasterShare.For(version, check, centre.Recovery.Threshold, i + 1, values[i], c.Encryption.PublicKey)))];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(master);
            Array.ForEach(values, v => CryptographicOperations.ZeroMemory(v));
        }
    }
}
