using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;

namespace Rekey.Ra.Sessions;

/// <summary>The long-polls of page and agent; the page's also notices an agent that has fallen silent.</summary>
internal sealed class EventPoll(SessionStore sessions, SessionSignals signals, DownloadSecrets secrets, TimeProvider time)
{
    /// <summary>Events after a number: those there are, or the first to come within the limit, or none.</summary>
    public async Task<IReadOnlyList<SequencedEvent>> WaitAsync(string id, int after, TimeSpan limit, CancellationToken cancel)
    {
        var until = time.GetUtcNow() + limit;
        while (true)
        {
            var session = await NoticeSilenceAsync(id, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
            if (session.LastEvent > after)
            {
                return await sessions.EventsAsync(id, after, cancel);
            }

            var now = time.GetUtcNow();
            if (now >= until)
            {
                return [];
            }

            // Not beyond the moment at which the agent would count as lost.
            var left = until - now;
            var silent = session.AgentSeenAt + RenewalCases.Silence - now;
            await signals.WaitAsync(id, session.Version, silent < left ? silent.Value + TimeSpan.FromMilliseconds(1) : left, cancel);
        }
    }

    /// <summary>Commands after a number, in the same way. An agent that had fallen silent is there again.</summary>
    public async Task<IReadOnlyList<SequencedCommand>> WaitForCommandsAsync(Session agent, int after, TimeSpan limit, CancellationToken cancel)
    {
        var until = time.GetUtcNow() + limit;
        await NoteHeardAsync(agent, cancel);
        while (true)
        {
            var session = await sessions.FindAsync(agent.Id, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
            if (session.LastCommand > after)
            {
                return secrets.Fill(session, await sessions.CommandsAsync(agent.Id, after, cancel));
            }

            if (session.Ended)
            {
                throw new ProblemException(Problems.SessionEnded());
            }

            if (session.AgentTokenSha256 is null || !session.AgentTokenSha256.AsSpan().SequenceEqual(agent.AgentTokenSha256))
            {
                throw new ProblemException(Problems.SessionUnknown()); // its token was revoked while it waited
            }

            var left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return [];
            }

            await signals.WaitAsync(agent.Id, session.Version, left, cancel);
        }
    }

    /// <summary>The session, after noting that its agent is lost if it is.</summary>
    public async Task<Session?> NoticeSilenceAsync(string id, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(id, cancel);
        if (session is null || !IsSilent(session))
        {
            return session;
        }

        await sessions.ChangeAsync(id, change =>
        {
            if (IsSilent(change.Session))
            {
                change.Session.AgentSeenAt = null;
                change.Append(new AgentLostEvent());
            }

            return Task.FromResult(true);
        }, cancel);
        return await sessions.FindAsync(id, cancel);
    }

    private async Task NoteHeardAsync(Session agent, CancellationToken cancel)
    {
        if (agent.AgentSeenAt is not null)
        {
            await sessions.AgentSeenAsync(agent.Id, cancel);
            return;
        }

        await sessions.ChangeAsync(agent.Id, async change =>
        {
            var progress = await change.ProgressAsync(cancel);
            if (progress.AgentLost)
            {
                change.Session.AgentSeenAt = change.Now;
                change.Append(new AttachedEvent(change.Session.AgentVersion ?? "?"));
            }

            return true;
        }, cancel);
    }

    private bool IsSilent(Session session) => !session.Ended && session.AgentSeenAt + RenewalCases.Silence < time.GetUtcNow();
}
