using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Upstream;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Cmp;

/// <summary>
/// Follows the CA's events: the one way in which the RA learns what became of a request. It runs after each exchange, because the
/// holder is waiting, and every two seconds, because an answer or a whole process may have been lost. Each event can be applied again.
/// </summary>
internal sealed partial class CaFollower(
    IDbContextFactory<RaDbContext> contexts, ICaUpstream ca, RenewalOutcome renewals, EnrolmentOutcome enrolments, TimeProvider time, ILogger<CaFollower> log)
    : BackgroundService
{
    private const int Batch = 200;

    /// <summary>A lost answer shows on the page at the latest after this time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim one = new(1);
    private long asked;
    private long served; // only under the semaphore

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

            var upTo = Volatile.Read(ref asked);
            while (await NextBatchAsync(cancel) == Batch)
            {
            }

            served = upTo;
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

    private async Task<int> NextBatchAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var cursor = await db.CaCursors.SingleOrDefaultAsync(c => c.Id == 1, cancel) ?? db.CaCursors.Add(new CaCursor { Id = 1 }).Entity;
        var events = await ca.EventsAsync(cursor.Seq, Batch, cancel);
        foreach (var e in events)
        {
            await ApplyAsync(e, cancel);
            cursor.Seq = e.Seq;
        }

        if (events.Count > 0)
        {
            // Behind a crash here the same events are applied again, which changes nothing. Another node may have moved it further.
            try
            {
                await db.SaveChangesAsync(cancel);
            }
            catch (DbUpdateException)
            {
                LogRace(log);
            }
        }

        return events.Count;
    }

    private Task ApplyAsync(CaEvent e, CancellationToken cancel) => e switch
    {
        { Kind: CaEventKind.Issued, RenewalId: { } id } => renewals.IssuedAsync(id, [e.Certificate!], cancel),
        { Kind: CaEventKind.Confirmed, RenewalId: { } id } => renewals.ConfirmedAsync(id, cancel),
        { Kind: CaEventKind.Issued } => enrolments.IssuedAsync(e, cancel),
        { Kind: CaEventKind.Confirmed } => enrolments.StateAsync(e, CertificateState.Active, cancel),
        { Kind: CaEventKind.Held } => StoppedAsync(e, CertificateState.Held, cancel),
        { Kind: CaEventKind.Resumed } => ResumedAsync(e, cancel),
        { Kind: CaEventKind.Revoked or CaEventKind.Rejected } => StoppedAsync(e, CertificateState.Revoked, cancel),
        _ => Task.CompletedTask,
    };

    private async Task StoppedAsync(CaEvent e, CertificateState state, CancellationToken cancel)
    {
        await enrolments.StateAsync(e, state, cancel);
        if (e.RenewalId is { } id)
        {
            await renewals.EndedAsync(id, e.CertificateSha256, cancel); // does nothing to a renewal that was confirmed
        }
    }

    // Back to what it was: in use, superseded, or waiting for its confirmation in a renewal that is open again.
    private async Task ResumedAsync(CaEvent e, CancellationToken cancel)
    {
        if (e.RenewalId is { } id && await renewals.ReopenAsync(id, e.CertificateSha256, cancel))
        {
            await enrolments.StateAsync(e, CertificateState.Unconfirmed, cancel);
            return;
        }

        var superseded = await renewals.IsRenewedAsync(e.CertificateSha256, cancel);
        await enrolments.StateAsync(e, superseded ? CertificateState.Superseded : CertificateState.Active, cancel);
    }

    [LoggerMessage(3100, LogLevel.Warning, "The CA's events could not be followed; trying again")]
    private static partial void LogFailed(ILogger logger, Exception e);

    [LoggerMessage(3101, LogLevel.Debug, "Another process moved the event cursor")]
    private static partial void LogRace(ILogger logger);
}
