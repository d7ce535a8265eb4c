using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Upstream;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;

namespace Rekey.Testing.Portal;

/// <summary>What a CA does for a renewal or download, where there is none: recorded and told as the follower of its events does.</summary>
internal sealed class CaDeeds(IServiceProvider services)
{
    private DateTimeOffset Now => services.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <summary>The request came.</summary>
    public async Task ReceivedAsync(byte[] renewalId, CancellationToken cancel)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(cancel);
        var session = await db.Renewals.Where(r => r.RenewalId == renewalId).Select(r => r.SessionId).SingleOrDefaultAsync(cancel)
            ?? await db.Downloads.Where(d => d.DownloadId == renewalId).Select(d => d.SessionId).SingleAsync(cancel);
        await services.GetRequiredService<SessionFeed>().ReceivedAsync(session!, renewalId, cancel);
    }

    /// <summary>It issued certificates.</summary>
    public Task IssuedAsync(byte[] renewalId, IReadOnlyList<byte[]> certificates, CancellationToken cancel) =>
        RecordAsync(
            async db =>
            {
                foreach (var certificate in certificates)
                {
                    var issued = Issued(renewalId, certificate, certificate == certificates[0] ? null : SHA256.HashData(certificates[0]));
                    _ = await RenewalOutcome.IssuedAsync(db, renewalId, issued, cancel) || await DownloadOutcome.IssuedAsync(db, renewalId, issued, cancel);
                    db.ChangeTracker.Clear();
                }
            },
            cancel);

    /// <summary>The event of an issue.</summary>
    internal static CaEvent Issued(byte[] renewalId, byte[] certificate, byte[]? pairOf = null) =>
        new(1, CaEventKind.Issued, DateTimeOffset.UnixEpoch, SHA256.HashData(certificate), certificate, renewalId, "", "organisation-signing", null, pairOf);

    /// <summary>It confirmed.</summary>
    public Task ConfirmedAsync(byte[] renewalId, CancellationToken cancel) => RecordAsync(
        async db => _ = await RenewalOutcome.ConfirmedAsync(db, renewalId, Now, cancel) || await DownloadOutcome.ConfirmedAsync(db, renewalId, Now, cancel), cancel);

    /// <summary>It ended a certificate.</summary>
    public Task EndedAsync(byte[] renewalId, byte[] certificateSha256, CancellationToken cancel) =>
        RecordAsync(db => RenewalOutcome.EndedAsync(db, renewalId, certificateSha256, Now, cancel), cancel);

    private async Task RecordAsync(Func<RaDbContext, Task> record, CancellationToken cancel)
    {
        await using (var db = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(cancel))
        await using (var transaction = await db.Database.BeginTransactionAsync(cancel))
        {
            await record(db);
            await transaction.CommitAsync(cancel);
        }

        await services.GetRequiredService<SessionFeed>().TellAsync(cancel);
    }
}
