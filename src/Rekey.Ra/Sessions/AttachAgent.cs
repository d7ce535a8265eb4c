using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>Lets an agent in with its ticket: once, in time, and of a version that the service still speaks with.</summary>
internal sealed class AttachAgent(IDbContextFactory<RaDbContext> contexts, SessionStore sessions, RaOptions options, TimeProvider time)
{
    private const int ProtocolVersion = 1;

    public async Task<Attached> AttachAsync(Attach wish, CancellationToken cancel)
    {
        var version = wish.ReadVersion();
        var sha256 = BridgeSecret.Sha256(wish.Ticket);
        var ticket = await FindAsync(sha256, cancel) ?? throw new ProblemException(Problems.TicketExpired());
        var token = BridgeSecret.New();
        var refusal = await sessions.ChangeAsync(ticket.SessionId, async change =>
        {
            var session = change.Session;
            var current = await change.Db.Tickets.SingleOrDefaultAsync(t => t.Sha256 == sha256, cancel);
            if (session.Ended)
            {
                return Problems.SessionEnded();
            }

            if (current is null || (!current.Used && current.ExpiresAt <= change.Now))
            {
                return Problems.TicketExpired();
            }

            if (current.Used)
            {
                // Someone else has the address too; neither of the two may go on.
                return Fail(change, Problems.TicketReused());
            }

            current.Used = true;
            if (version is null || version < options.Sessions.MinAgentVersion || !wish.Protocol.Contains(ProtocolVersion))
            {
                return Fail(change, Problems.AgentTooOld(version?.ToString() ?? "?", options.Sessions.MinAgentVersion.ToString()));
            }

            session.AgentTokenSha256 = BridgeSecret.Sha256(token);
            session.AgentVersion = wish.AgentVersion;
            session.AgentSeenAt = change.Now;
            // Commands of an earlier run are not this agent's.
            await change.Db.AgentCommands.Where(c => c.SessionId == session.Id).ExecuteDeleteAsync(cancel);
            session.LastCommand = 0;
            change.Append(new AttachedEvent(wish.AgentVersion));
            return null;
        }, cancel);
        if (refusal is not null)
        {
            throw new ProblemException(refusal);
        }

        return await AnswerAsync((await sessions.FindAsync(ticket.SessionId, cancel))!, token, cancel);
    }

    private static Problem Fail(SessionChange change, Problem problem)
    {
        change.Session.AgentTokenSha256 = null;
        change.Session.AgentSeenAt = null;
        change.Append(new FailedEvent(WireProblem.Of(problem)));
        return problem;
    }

    private async Task<LaunchTicket?> FindAsync(byte[] sha256, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Tickets.AsNoTracking().SingleOrDefaultAsync(t => t.Sha256 == sha256, cancel);
    }

    private async Task<Attached> AnswerAsync(Session session, string token, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var holder = session.AuthorisationId is { } authorised
            ? await db.Authorisations.Where(a => a.Id == authorised).Select(a => a.Subscriber.DisplayName).SingleAsync(cancel)
            : null;
        var culture = System.Globalization.CultureInfo.GetCultureInfo(session.Language);
        return new Attached(
            session.Id, token, session.CheckCode, session.Language, time.GetUtcNow(),
            options.Institution.Name.For(culture), options.Institution.Telephone, session.Purpose, holder);
    }
}
