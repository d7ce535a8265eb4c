using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Upstream;

/// <summary>
/// Tells the key-management centre what became of its orders: confirmed, so that the key counts as in use and the one before it as history;
/// or ended, so that it is never handed out again. What is told is marked in the certificate's row; a notice that was lost is sent again.
/// </summary>
internal sealed partial class TellKmc(
    IDbContextFactory<CaDbContext> store, CertificationAuthority ca, CaIdentity identity, TimeProvider time, ILogger<TellKmc> log, IKmcUpstream? kmc = null)
{
    private const int AtOnce = 200;

    /// <summary>Tells what is not told yet.</summary>
    /// <returns>How many notices the centre took.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (kmc is null || ca.Kmc is not { } centre)
        {
            return 0;
        }

        await using var db = await store.CreateDbContextAsync(ct);
        var due = await db.Certificates.Where(c => c.PairOfId != null && c.KmcToldAt == null && c.State != CertificateState.Unconfirmed && c.RenewalId != null)
            .Where(c => c.ConfirmedAt != null || c.State != CertificateState.Held) // what a clock or an operator holds unconfirmed may still be confirmed or end
            .OrderBy(c => c.Id).Take(AtOnce).ToListAsync(ct);
        var told = 0;
        foreach (var half in due)
        {
            var id = await db.CmpTransactions.Where(t => t.CertificateId == half.PairOfId && t.EncryptionCertReqId != null).Select(t => t.EncryptionCertReqId).FirstAsync(ct);
            var notice = new KeyNotice(half.RenewalId!, id!.Value, half.ConfirmedAt is null ? KeyOrderEnd.Ended : KeyOrderEnd.Confirmed);
            switch (await TellAsync(notice, centre.Subject.Encoded.ToArray(), centre, ct))
            {
                case null:
                    return told; // the centre is away; the next run goes on
                case true:
                    half.KmcToldAt = time.GetUtcNow();
                    await db.SaveChangesAsync(ct);
                    told++;
                    break;
            }
        }

        return told;
    }

    // True: told, or there is nobody to tell (an order that the centre does not know, after a backup was restored); false: refused; null: no answer.
    private async Task<bool?> TellAsync(KeyNotice notice, byte[] recipient, Pki.Certificates.Certificate centre, CancellationToken ct)
    {
        var header = new CmpHeader(2, recipient, RandomNumberGenerator.GetBytes(16), null, time.GetUtcNow());
        var question = CmpMessage.Parse(notice.ToMessage(header, identity.Signer));
        try
        {
            KmcMessages.RequireTaken(CmpMessage.Parse(await kmc!.ExchangeAsync(question.Encoded.ToArray(), ct)), centre, question);
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
