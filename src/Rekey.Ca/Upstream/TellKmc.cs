using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Certificates;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Upstream;

/// <summary>
/// Tells the key-management centre what became of its orders: confirmed, so that the key counts as in use and the one before it as history;
/// ended, so that it is never handed out again; revoked, so that the key is history too. What is told is marked in the certificate's row; a
/// notice that was lost is sent again. A hold is none of these: it can be lifted.
/// </summary>
internal sealed partial class TellKmc(IDbContextFactory<CaDbContext> store, KmcExchange kmc, ILogger<TellKmc> log)
{
    private const int AtOnce = 200;

    /// <summary>Tells what is not told yet.</summary>
    /// <returns>How many notices the centre took.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!kmc.HasCentre)
        {
            return 0;
        }

        await using var db = await store.CreateDbContextAsync(ct);
        var told = 0;
        foreach (var half in await DueAsync(db, ct))
        {
            var id = await db.CmpTransactions.Where(t => t.CertificateId == half.PairOfId && t.EncryptionCertReqId != null).Select(t => t.EncryptionCertReqId).FirstAsync(ct);
            var end = half.ConfirmedAt is null ? KeyOrderEnd.Ended : half.State == CertificateState.Revoked ? KeyOrderEnd.Revoked : KeyOrderEnd.Confirmed;
            switch (await TellAsync(new(half.KmcOrderId!, id!.Value, end), ct))
            {
                case null:
                    return told; // the centre is away; the next run goes on
                case true:
                    half.KmcTold = end;
                    await db.SaveChangesAsync(ct);
                    told++;
                    break;
            }
        }

        return told;
    }

    private static async Task<IReadOnlyList<CertificateRecord>> DueAsync(CaDbContext db, CancellationToken ct)
    {
        var first = await db.Certificates.Where(c => c.KmcOrderId != null && c.KmcTold == null && c.State != CertificateState.Unconfirmed)
            .Where(c => c.ConfirmedAt != null || c.State != CertificateState.Held) // what a clock or an operator holds unconfirmed may still be confirmed or end
            .OrderBy(c => c.Id).Take(AtOnce).ToListAsync(ct);
        var revoked = await db.Certificates.Where(c => c.KmcTold == KeyOrderEnd.Confirmed && c.State == CertificateState.Revoked)
            .OrderBy(c => c.Id).Take(AtOnce).ToListAsync(ct);
        return [.. first, .. revoked];
    }

    // True: told, or there is nobody to tell (an order that the centre does not know, after a backup was restored); false: refused; null: no answer.
    private async Task<bool?> TellAsync(KeyNotice notice, CancellationToken ct)
    {
        try
        {
            await kmc.TellAsync(notice, ct);
            return true;
        }
        catch (CmpRefusedException e)
        {
            LogNotTold(log, e, Convert.ToHexStringLower(notice.OrderId));
            return CmpProblem.Parse(e.Message) == Problems.KeyOrderUnknown();
        }
        catch (Exception e) when (e is KmcUnreachableException or CmpInvalidException)
        {
            LogNotTold(log, e, Convert.ToHexStringLower(notice.OrderId));
            return null;
        }
    }

    [LoggerMessage(4121, LogLevel.Warning, "The key-management centre did not take the notice about order {Order}; it is sent again")]
    private static partial void LogNotTold(ILogger logger, Exception e, string order);
}
