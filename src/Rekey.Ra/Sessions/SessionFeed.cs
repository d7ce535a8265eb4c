using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>How the CMP front tells a page what the server itself saw.</summary>
internal interface ISessionFeed
{
    /// <summary>A step passed in CMP. A renewal without a page is fine; so is telling a step twice.</summary>
    /// <param name="renewalId">16 octets.</param>
    /// <param name="step">The step. <see cref="ServerStep.Confirmed"/> only after the RA has recorded the confirmation.</param>
    /// <param name="cancel">Cancels.</param>
    Task ServerStepAsync(byte[] renewalId, ServerStep step, CancellationToken cancel);

    /// <summary>The CMP front refused; the agent hears it by CMP, the page by this.</summary>
    Task FailedAsync(byte[] renewalId, Problem problem, CancellationToken cancel);
}

internal sealed class SessionFeed(SessionStore sessions) : ISessionFeed
{
    public async Task ServerStepAsync(byte[] renewalId, ServerStep step, CancellationToken cancel)
    {
        if (await sessions.FindByRenewalAsync(renewalId, cancel) is not { } id)
        {
            return;
        }

        await sessions.ChangeAsync(id, async change =>
        {
            var progress = await change.ProgressAsync(cancel);
            if (progress.RenewalId == Convert.ToHexStringLower(renewalId) && !progress.ServerSteps.ContainsKey(step))
            {
                change.Append(new ServerStepEvent(step));
                await FinishAsync(change, cancel);
            }

            return true;
        }, cancel);
    }

    public async Task FailedAsync(byte[] renewalId, Problem problem, CancellationToken cancel)
    {
        if (await sessions.FindByRenewalAsync(renewalId, cancel) is { } id)
        {
            await sessions.ChangeAsync(id, async change =>
            {
                var progress = await change.ProgressAsync(cancel);
                if (progress.RenewalId == Convert.ToHexStringLower(renewalId) && !progress.Stopped && progress.NewCertificate is null)
                {
                    change.Append(new FailedEvent(WireProblem.Of(problem)));
                }

                return true;
            }, cancel);
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
        if (!progress.AgentSteps.ContainsKey(renewal.Retire ? AgentStep.Retired : AgentStep.Verified))
        {
            return;
        }

        var sha256 = await change.Db.RenewalCertificates.Where(c => c.RenewalId == renewal.Id).OrderBy(c => c.Ordinal)
            .Select(c => c.Certificate.Sha256).FirstAsync(cancel);
        change.Append(new DoneEvent(Convert.ToHexStringLower(sha256)));
        change.Session.AgentSeenAt = null;
    }
}
