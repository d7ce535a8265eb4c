using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers.Import;

namespace Rekey.Ra.Sessions;

/// <summary>
/// Deletes sessions and logins that are past their time, wipes the secrets of downloads that are over, and ends renewals and downloads from which
/// nothing came: an intent for which the CA never issued
/// anything would keep its certificate from being renewed for good. Each deed is one statement, so any number of processes may do it.
/// </summary>
internal sealed partial class SessionCleanup(IDbContextFactory<RaDbContext> contexts, RaOptions options, TimeProvider time, ILogger<SessionCleanup> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Long after they ended, so that a page can say why they did, and who was last here when.</summary>
    private static readonly TimeSpan ConsoleSessionsKept = TimeSpan.FromDays(90);

    /// <summary>How long after a download's end its agent may still repeat its last message, because the answer to it was lost.</summary>
    private static readonly TimeSpan LastAnswerLimit = TimeSpan.FromMinutes(10);

    /// <summary>Cleans up once.</summary>
    /// <returns>Sessions deleted, and renewals and downloads ended.</returns>
    public async Task<(int Sessions, int Renewals)> CleanAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var sessions = await db.Sessions.Where(s => s.KeepUntil < now).ExecuteDeleteAsync(cancel);
        // A count outlives every authorisation of its number, so that a lock is not waited out.
        var lastTry = now.AddDays(-options.Authorisations.MostDays);
        await db.CodeTries.Where(t => t.LastAt < lastTry).ExecuteDeleteAsync(cancel);
        var before = now - OpenSession.Lifetime;
        var renewals = await db.Renewals
            .Where(r => r.State == RenewalState.Open && r.StartedAt < before && r.NewCertificates.Count == 0)
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RenewalState.Ended).SetProperty(x => x.EndedAt, now), cancel);
        await db.LoginChallenges.Where(c => c.ExpiresAt < before).ExecuteDeleteAsync(cancel); // later than they end, so that a repetition is named
        await db.LoginAttempts.Where(a => a.ExpiresAt < now).ExecuteDeleteAsync(cancel);
        var longAgo = now - ConsoleSessionsKept;
        await db.ConsoleSessions.Where(s => s.SeenAt < longAgo).ExecuteDeleteAsync(cancel);
        var yesterday = now - SubscriberUploads.Kept;
        await db.SubscriberUploads.Where(u => u.SentAt < yesterday).ExecuteDeleteAsync(cancel);
        var downloads = await db.Downloads
            .Where(d => d.State == DownloadState.Open && d.StartedAt < before && d.Certificates.Count == 0)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.State, DownloadState.Ended).SetProperty(x => x.EndedAt, now), cancel);
        var over = now - LastAnswerLimit;
        await db.Sessions
            .Where(s => (s.SealedSecret != null || s.SealedProof != null) && db.Downloads.Any(d => d.SessionId == s.Id && d.State != DownloadState.Open && d.EndedAt < over))
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.SealedSecret, (byte[]?)null).SetProperty(x => x.SealedProof, (byte[]?)null), cancel);
        return (sessions, renewals + downloads);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                var (sessions, renewals) = await CleanAsync(stoppingToken);
                LogCleaned(log, sessions, renewals);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(2110, LogLevel.Debug, "{Sessions} sessions deleted, {Renewals} renewals and downloads ended")]
    private static partial void LogCleaned(ILogger log, int sessions, int renewals);

    [LoggerMessage(2111, LogLevel.Warning, "Cleaning up failed; the next try is in an hour")]
    private static partial void LogFailed(ILogger log, Exception e);
}
