using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Upstream;
using Rekey.Ra.Notices;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Cmp;

/// <summary>
/// Follows the CA's events: the one way in which the RA learns what became of a request. It runs after each exchange, because the
/// holder is waiting, and every two seconds, because an answer or a whole process may have been lost. What the events change and how far
/// they were followed is one transaction.
/// </summary>
internal sealed partial class CaFollower(
    IDbContextFactory<RaDbContext> contexts, ICaUpstream ca, SessionFeed feed, TimeProvider time, ILogger<CaFollower> log)
    : BackgroundService
{
    private const int Most = 200;

    /// <summary>A lost answer shows on the page at the latest after this time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim one = new(1);
    private long asked;
    // only under the semaphore
    private long served;
    private int batch = Most;
    private long caughtUpAt; // ticks, UTC; 0: never

    /// <summary>When this process last had all that the CA had; null: not yet.</summary>
    public DateTimeOffset? CaughtUpAt => Volatile.Read(ref caughtUpAt) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Applies all events that the CA has now.</summary>
    /// <exception cref="CaUnreachableException">The CA does not answer.</exception>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        // Whoever waits for its turn is served by the next run that begins: it sees what the CA had when it was asked.
        var mine = Interlocked.Increment(ref asked);
        await one.WaitAsync(cancel);
        try
        {
            if (served >= mine)
            {
                return;
            }

            var (upTo, since) = (Volatile.Read(ref asked), time.GetUtcNow());
            while (await NextBatchAsync(cancel))
            {
            }

            served = upTo;
            Volatile.Write(ref caughtUpAt, since.UtcTicks);
            await feed.TellAsync(cancel);
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CatchUpAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, e);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        one.Dispose();
        base.Dispose();
    }

    // Whether there may be more.
    private async Task<bool> NextBatchAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var seq = await db.CaCursorAsync(cancel);
        var events = await ca.EventsAsync(seq, batch, cancel);
        if (events.Count == 0)
        {
            return false;
        }

        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            // Who moves the cursor applies the events. Another process that has read the same ones waits here, and then looks again.
            if (await db.CaCursors.Where(c => c.Id == CaCursor.Only && c.Seq == seq).ExecuteUpdateAsync(c => c.SetProperty(x => x.Seq, events[^1].Seq), cancel) == 0)
            {
                return true;
            }

            foreach (var e in events)
            {
                await ApplyAsync(db, e, cancel);
                db.ChangeTracker.Clear();
            }

            await transaction.CommitAsync(cancel);
        }
        catch
        {
            batch = 1; // so that the one that cannot be applied holds up none before it
            throw;
        }

        var more = events.Count == batch;
        batch = Most;
        return more;
    }

    private Task ApplyAsync(RaDbContext db, CaEvent e, CancellationToken cancel) => e switch
    {
        { Kind: CaEventKind.Issued } => IssuedAsync(db, e, cancel),
        { Kind: CaEventKind.Confirmed } => ConfirmedAsync(db, e, cancel),
        { Kind: CaEventKind.Held } => StoppedAsync(db, e, CertificateState.Held, cancel),
        { Kind: CaEventKind.Resumed } => ResumedAsync(db, e, cancel),
        { Kind: CaEventKind.Revoked or CaEventKind.Rejected } => StoppedAsync(db, e, CertificateState.Revoked, cancel),
        { Kind: CaEventKind.KeyRecovered } => RecoveredAsync(db, e, cancel),
        _ => Task.CompletedTask,
    };

    private async Task IssuedAsync(RaDbContext db, CaEvent e, CancellationToken cancel)
    {
        if (e.RenewalId is { } id)
        {
            if (await RenewalOutcome.IssuedAsync(db, id, e, cancel) || await DownloadOutcome.IssuedAsync(db, id, e, cancel))
            {
                return;
            }

            // Only where this store was set back to an older backup: the certificate counts all the same.
            LogUnknown(log, Convert.ToHexStringLower(id));
        }

        await EnrolmentOutcome.IssuedAsync(db, e, cancel);
    }

    private async Task ConfirmedAsync(RaDbContext db, CaEvent e, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (e.RenewalId is not { } id || !(await RenewalOutcome.ConfirmedAsync(db, id, now, cancel) || await DownloadOutcome.ConfirmedAsync(db, id, now, cancel)))
        {
            await EnrolmentOutcome.StateAsync(db, e, CertificateState.Active, cancel);
        }
    }

    private async Task StoppedAsync(RaDbContext db, CaEvent e, CertificateState state, CancellationToken cancel)
    {
        await EnrolmentOutcome.StateAsync(db, e, state, cancel);
        if (e.RenewalId is { } id)
        {
            await RenewalOutcome.EndedAsync(db, id, e.CertificateSha256, time.GetUtcNow(), cancel); // does nothing to a renewal that was confirmed
            await DownloadOutcome.EndedAsync(db, id, e.CertificateSha256, time.GetUtcNow(), cancel);
        }
    }

    private async Task RecoveredAsync(RaDbContext db, CaEvent e, CancellationToken cancel)
    {
        if (await db.Certificates.AsNoTracking().SingleOrDefaultAsync(c => c.Sha256 == e.CertificateSha256, cancel) is not { } certificate)
        {
            LogNotTold(log, Convert.ToHexStringLower(e.RecoveryId!));
            return;
        }

        db.Outbox.Add(new OutboxNotice
        {
            Kind = NoticeKind.KeyRecovered,
            SubscriberId = certificate.SubscriberId,
            CertificateId = certificate.Id,
            Reference = Convert.ToHexStringLower(e.RecoveryId!),
            CreatedAt = time.GetUtcNow(),
        });
        await db.SaveChangesAsync(cancel);
    }

    // Back to what it was: in use, superseded, or waiting for its confirmation in a renewal that is open again.
    private static async Task ResumedAsync(RaDbContext db, CaEvent e, CancellationToken cancel)
    {
        if (e.RenewalId is { } id
            && (await RenewalOutcome.ReopenAsync(db, id, e.CertificateSha256, cancel) || await DownloadOutcome.ReopenAsync(db, id, e.CertificateSha256, cancel)))
        {
            await EnrolmentOutcome.StateAsync(db, e, CertificateState.Unconfirmed, cancel);
            return;
        }

        var superseded = await RenewalOutcome.IsRenewedAsync(db, e.CertificateSha256, cancel);
        await EnrolmentOutcome.StateAsync(db, e, superseded ? CertificateState.Superseded : CertificateState.Active, cancel);
    }

    [LoggerMessage(3102, LogLevel.Error, "A key was recovered by order {Order}, and this store does not know its certificate: was it set back to a backup? Tell the holder and the contact by hand")]
    private static partial void LogNotTold(ILogger logger, string order);

    [LoggerMessage(3101, LogLevel.Warning, "The CA issued for renewal or download {RenewalId}, of which this store knows nothing: was it set back to a backup? The certificate is recorded")]
    private static partial void LogUnknown(ILogger logger, string renewalId);

    [LoggerMessage(3100, LogLevel.Warning, "The CA's events could not be followed; trying again")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
