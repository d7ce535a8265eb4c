using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Upstream;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>Keeps what the RA knows of taken-over certificates' status fresh, by asking the CA when it is wanted and has run out.</summary>
internal sealed partial class FreshStatus(IForeignStatus foreign, TimeProvider time, ILogger<FreshStatus> log)
{
    /// <summary>Asks if need be. When the CA cannot say, the record stays as it is, and the rule says that there is no fresh status.</summary>
    public async Task RefreshAsync(RaDbContext db, RegisteredCertificate record, CancellationToken cancel)
    {
        if (!record.Issuer.TakenOver || record.State != CertificateState.Active || record.StatusFreshUntil >= time.GetUtcNow())
        {
            return;
        }

        try
        {
            var status = await foreign.StatusAsync(record.Der, cancel);
            if (status.RevokedAt is { } since)
            {
                (record.State, record.RevokedAt) = (CertificateState.Revoked, since);
                await db.Certificates.Where(c => c.Id == record.Id && c.State == CertificateState.Active)
                    .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Revoked).SetProperty(x => x.RevokedAt, since), cancel);
            }
            else if (status.GoodUntil is { } until)
            {
                record.StatusFreshUntil = until;
                await db.Certificates.Where(c => c.Id == record.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.StatusFreshUntil, until), cancel);
            }
        }
        catch (CaUnreachableException e)
        {
            LogUnreachable(log, e);
        }
    }

    [LoggerMessage(3120, LogLevel.Warning, "The CA did not answer about a taken-over certificate")]
    private static partial void LogUnreachable(ILogger logger, Exception e);
}

/// <summary>Where there is no CA that could say: nothing is fresh.</summary>
internal sealed class NoForeignStatus : IForeignStatus
{
    public Task<ForeignCertificateStatus> StatusAsync(ReadOnlyMemory<byte> certificate, CancellationToken cancel) =>
        Task.FromResult(new ForeignCertificateStatus(null, null));
}
