using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;

namespace Rekey.Ra.Sessions;

/// <summary>The holder said "renew": records the intent, then gives the agent its command.</summary>
internal sealed class BeginRenewal(SessionStore sessions, StartRenewal startRenewal)
{
    /// <exception cref="ProblemException">The rule's refusal, RK-3006, or RK-2015 before the pre-flight is over.</exception>
    public async Task BeginAsync(string sessionId, CancellationToken cancel)
    {
        var progress = SessionProgress.Of(await sessions.EventsAsync(sessionId, 0, cancel));
        var failed = progress.Checks?.FirstOrDefault(c => c.Outcome == PreflightOutcome.Failed)?.Problem;
        if (failed is not null)
        {
            throw new ProblemException(failed.ToProblem());
        }

        if (progress.Selected is null || progress.Checks is null || !progress.Attached)
        {
            throw new ProblemException(Problems.OutOfOrder());
        }

        await CommandAsync(sessionId, progress, progress.Selected, cancel);
    }

    /// <summary>Goes on with the renewal that this session began, after its agent was launched again.</summary>
    public async Task BeginAgainAsync(string sessionId, CancellationToken cancel)
    {
        var progress = SessionProgress.Of(await sessions.EventsAsync(sessionId, 0, cancel));
        try
        {
            await CommandAsync(sessionId, progress, progress.Selected!, cancel);
        }
        catch (ProblemException e)
        {
            await sessions.ChangeAsync(sessionId, change =>
            {
                change.Append(new FailedEvent(WireProblem.Of(e.Problem)));
                return Task.FromResult(true);
            }, cancel);
        }
    }

    private async Task CommandAsync(string sessionId, SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        var wish = progress.Wish(sessionId, certSha256) ?? throw new ProblemException(Problems.CertificateGone());
        var command = await startRenewal.StartAsync(wish, cancel);
        await sessions.ChangeAsync(sessionId, async change =>
        {
            change.Session.RenewalId = command.RenewalId;
            change.Append(new StartedEvent(command.RenewalId));
            // Confirmed in another session, which alone was told: the agent has only to tidy up, and says nothing to the CA any more.
            var renewalId = Convert.FromHexString(command.RenewalId);
            if (!progress.Confirmed && await change.Db.Renewals.AnyAsync(r => r.RenewalId == renewalId && r.State == RenewalState.Confirmed, cancel))
            {
                change.Append(new ServerStepEvent(ServerStep.Confirmed));
            }

            change.Command(command);
            return true;
        }, cancel);
    }
}
