using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>Tells pages what the server itself saw. Telling a step twice changes nothing.</summary>
internal sealed class SessionFeed(SessionStore sessions, IDbContextFactory<RaDbContext> contexts)
{
    /// <summary>The request of a renewal or download has come.</summary>
    /// <param name="sessionId">The session that is at it.</param>
    /// <param name="renewalId">Its id, 16 octets.</param>
    /// <param name="cancel">Cancels.</param>
    public Task ReceivedAsync(string sessionId, byte[] renewalId, CancellationToken cancel) => sessions.ChangeAsync(sessionId, async change =>
    {
        await AppendAsync(change, renewalId, ServerStep.KurReceived, cancel);
        return true;
    }, cancel);

    /// <summary>Tells pages what has been recorded for them and not been told. Whoever recorded it may have died since, in whatever process.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var renewals = await db.Renewals.AsNoTracking()
            .Where(r => r.Untold != null && db.Sessions.Any(s => s.Id == r.SessionId))
            .Select(r => new { r.Id, r.RenewalId, r.SessionId, Step = r.Untold!.Value })
            .ToListAsync(cancel);
        foreach (var renewal in renewals)
        {
            await TellAsync(
                renewal.SessionId!, renewal.RenewalId, renewal.Step,
                told => told.Renewals.Where(r => r.Id == renewal.Id && r.Untold == renewal.Step).ExecuteUpdateAsync(r => r.SetProperty(x => x.Untold, (ServerStep?)null), cancel),
                cancel);
        }

        var downloads = await db.Downloads.AsNoTracking()
            .Where(d => d.Untold != null && db.Sessions.Any(s => s.Id == d.SessionId))
            .Select(d => new { d.Id, d.DownloadId, d.SessionId, Step = d.Untold!.Value })
            .ToListAsync(cancel);
        foreach (var download in downloads)
        {
            await TellAsync(
                download.SessionId!, download.DownloadId, download.Step,
                told => told.Downloads.Where(d => d.Id == download.Id && d.Untold == download.Step).ExecuteUpdateAsync(d => d.SetProperty(x => x.Untold, (ServerStep?)null), cancel),
                cancel);
        }
    }

    private Task<bool> TellAsync(string sessionId, byte[] actId, ServerStep step, Func<RaDbContext, Task> told, CancellationToken cancel) => sessions.ChangeAsync(sessionId, async change =>
    {
        await told(change.Db);
        if (step == ServerStep.Confirmed)
        {
            await AppendAsync(change, actId, ServerStep.Issued, cancel); // both may have come in one look at the CA's events
        }

        await AppendAsync(change, actId, step, cancel);
        return true;
    }, cancel);

    private static async Task AppendAsync(SessionChange change, byte[] renewalId, ServerStep step, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (progress.RenewalId == Convert.ToHexStringLower(renewalId) && !progress.ServerSteps.ContainsKey(step))
        {
            change.Append(new ServerStepEvent(step));
            await FinishAsync(change, cancel);
        }
    }

    /// <summary>Writes the end of a renewal or download once both have said their last: the CA has confirmed, and the agent is finished with the token.</summary>
    internal static async Task FinishAsync(SessionChange change, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (!progress.Confirmed || progress.NewCertificate is not null || progress.RenewalId is null)
        {
            return;
        }

        if (await BroughtAsync(change, progress, Convert.FromHexString(progress.RenewalId), cancel) is { } sha256)
        {
            change.Append(new DoneEvent(Convert.ToHexStringLower(sha256)));
            change.Session.AgentSeenAt = null;
        }
    }

    // The new certificate; null while the agent is still at the token.
    private static async Task<byte[]?> BroughtAsync(SessionChange change, SessionProgress progress, byte[] renewalId, CancellationToken cancel)
    {
        if (change.Session.Purpose == SessionPurpose.Download)
        {
            return progress.AgentSteps.ContainsKey(AgentStep.Verified)
                ? await change.Db.DownloadCertificates.Where(c => c.Ordinal == 0 && change.Db.Downloads.Any(d => d.Id == c.DownloadId && d.DownloadId == renewalId))
                    .Select(c => c.Certificate.Sha256).SingleAsync(cancel)
                : null;
        }

        var renewal = await change.Db.Renewals.AsNoTracking().SingleAsync(r => r.RenewalId == renewalId, cancel);
        if (!progress.AgentSteps.ContainsKey(renewal.Tidies ? AgentStep.Retired : AgentStep.Verified))
        {
            return null;
        }

        return await change.Db.RenewalCertificates.Where(c => c.RenewalId == renewal.Id).OrderBy(c => c.Ordinal)
            .Select(c => c.Certificate.Sha256).FirstAsync(cancel);
    }
}
