using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>Tells pages what the server itself saw. Telling a step twice changes nothing.</summary>
internal sealed class SessionFeed(SessionStore sessions, IDbContextFactory<RaDbContext> contexts)
{
    /// <summary>A renewal's request has come.</summary>
    /// <param name="sessionId">The session that is at the renewal.</param>
    /// <param name="renewalId">16 octets.</param>
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
        var untold = await db.Renewals.AsNoTracking()
            .Where(r => r.Untold != null && db.Sessions.Any(s => s.Id == r.SessionId))
            .Select(r => new { r.Id, r.RenewalId, r.SessionId, Step = r.Untold!.Value })
            .ToListAsync(cancel);
        foreach (var renewal in untold)
        {
            await sessions.ChangeAsync(renewal.SessionId!, async change =>
            {
                await change.Db.Renewals.Where(r => r.Id == renewal.Id && r.Untold == renewal.Step)
                    .ExecuteUpdateAsync(r => r.SetProperty(x => x.Untold, (ServerStep?)null), cancel);
                if (renewal.Step == ServerStep.Confirmed)
                {
                    await AppendAsync(change, renewal.RenewalId, ServerStep.Issued, cancel); // both may have come in one look at the CA's events
                }

                await AppendAsync(change, renewal.RenewalId, renewal.Step, cancel);
                return true;
            }, cancel);
        }
    }

    private static async Task AppendAsync(SessionChange change, byte[] renewalId, ServerStep step, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (progress.RenewalId == Convert.ToHexStringLower(renewalId) && !progress.ServerSteps.ContainsKey(step))
        {
            change.Append(new ServerStepEvent(step));
            await FinishAsync(change, cancel);
        }
    }

    /// <summary>Writes the end of a renewal once both have said their last: the CA has confirmed, and the agent is finished with the token.</summary>
    internal static async Task FinishAsync(SessionChange change, CancellationToken cancel)
    {
        var progress = await change.ProgressAsync(cancel);
        if (!progress.Confirmed || progress.NewCertificate is not null || progress.RenewalId is null)
        {
            return;
        }

        var renewalId = Convert.FromHexString(progress.RenewalId);
        var renewal = await change.Db.Renewals.AsNoTracking().SingleAsync(r => r.RenewalId == renewalId, cancel);
        if (!progress.AgentSteps.ContainsKey(renewal.Tidies ? AgentStep.Retired : AgentStep.Verified))
        {
            return;
        }

        var sha256 = await change.Db.RenewalCertificates.Where(c => c.RenewalId == renewal.Id).OrderBy(c => c.Ordinal)
            .Select(c => c.Certificate.Sha256).FirstAsync(cancel);
        change.Append(new DoneEvent(Convert.ToHexStringLower(sha256)));
        change.Session.AgentSeenAt = null;
    }
}
