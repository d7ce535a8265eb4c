using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Upstream;

/// <summary>
/// Asks the key-management centre for recoveries of former keys and makes each an event, which the RA follows and tells the holder of. An
/// event is committed before the centre hears that it is; what is told twice in between is one event.
/// </summary>
internal sealed partial class HearRecoveries(Acts<CaDbContext> acts, KmcExchange kmc, ILogger<HearRecoveries> log)
{
    /// <summary>Asks until there is nothing new.</summary>
    /// <returns>How many recoveries were new.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!kmc.HasCentre)
        {
            return 0;
        }

        var heard = new List<byte[]>();
        var made = 0;
        while (await AskAsync(new(heard), ct) is { } answer)
        {
            heard.Clear();
            foreach (var recovery in answer.Recoveries)
            {
                if (await TakeAsync(recovery, ct) is { } isNew)
                {
                    heard.Add(recovery.OrderId);
                    made += isNew ? 1 : 0;
                }
            }

            if (heard.Count == 0)
            {
                break;
            }
        }

        return made;
    }

    // Null when the key's certificate is not known: told again, because somebody has to look.
    private async Task<bool?> TakeAsync(KeyRecovery recovery, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var (key, order) = (recovery.SpkiSha256, recovery.OrderId);
        if (await act.Db.Events.AnyAsync(e => e.RecoveryId == order, ct))
        {
            return false;
        }

        var certificate = await act.Db.Certificates.Where(c => c.SpkiSha256 == key && c.SubscriberId == recovery.SubscriberId && c.ConfirmedAt != null)
            .OrderByDescending(c => c.Id).FirstOrDefaultAsync(ct);
        if (certificate is null)
        {
            LogUnknown(log, Convert.ToHexStringLower(order));
            return null;
        }

        act.Db.Events.Add(new EventRecord { Kind = EventKind.KeyRecovered, Certificate = certificate, At = recovery.At, RecoveryId = order });
        act.Record(new AuditEvent("key.recovered", "kmc", CertificateTarget.Of(certificate))
        {
            Details = new Dictionary<string, string> { ["order"] = Convert.ToHexStringLower(order) },
        });
        await act.CommitAsync(ct);
        return true;
    }

    private async Task<RecoveriesAnswer?> AskAsync(RecoveriesQuestion what, CancellationToken ct)
    {
        try
        {
            return await kmc.AskAsync(what.ToMessage, RecoveriesAnswer.Read, ct);
        }
        catch (Exception e) when (e is KmcUnreachableException or CmpInvalidException or CmpRefusedException)
        {
            LogNotAsked(log, e);
            return null;
        }
    }

    [LoggerMessage(4122, LogLevel.Warning, "The key-management centre could not be asked for recoveries; asked again")]
    private static partial void LogNotAsked(ILogger logger, Exception e);

    [LoggerMessage(4123, LogLevel.Error, "A key was recovered by order {Order}, and this CA does not know its certificate: was its store set back to a backup? Tell the holder and the contact by hand")]
    private static partial void LogUnknown(ILogger logger, string order);
}
