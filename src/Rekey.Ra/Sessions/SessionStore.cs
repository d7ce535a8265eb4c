using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>A session being changed, with its database context: what is done here is one transaction.</summary>
internal sealed class SessionChange(RaDbContext db, Session session, DateTimeOffset now)
{
    public RaDbContext Db => db;

    public Session Session => session;

    public DateTimeOffset Now => now;

    /// <summary>Events appended by this change.</summary>
    public List<SequencedEvent> Appended { get; } = [];

    public void Append(SessionEvent happened)
    {
        var sequenced = new SequencedEvent(++session.LastEvent, now, happened);
        Appended.Add(sequenced);
        db.SessionEvents.Add(new SessionEventRow
        {
            SessionId = session.Id,
            Seq = sequenced.Seq,
            At = now,
            Json = JsonSerializer.Serialize(happened, BridgeJson.Default.SessionEvent),
        });
    }

    public void Command(AgentCommand command) => db.AgentCommands.Add(new AgentCommandRow
    {
        SessionId = session.Id,
        Seq = ++session.LastCommand,
        Json = JsonSerializer.Serialize(command, BridgeJson.Default.AgentCommand),
    });

    /// <summary>All that happened so far, this change included.</summary>
    public async Task<SessionProgress> ProgressAsync(CancellationToken cancel)
    {
        var earlier = await SessionStore.ReadEventsAsync(db, session.Id, 0, cancel);
        return SessionProgress.Of([.. earlier, .. Appended]);
    }
}

/// <summary>Reads and changes sessions. Any process may do either at any time.</summary>
internal sealed partial class SessionStore(IDbContextFactory<RaDbContext> contexts, SessionSignals signals, TimeProvider time, ILogger<SessionStore> log)
{
    // A page, an agent and the CMP front change a session at the same moment at most; more retries would hide a fault.
    private const int Tries = 20;

    /// <summary>Changes a session as one transaction, and again from the start when someone else was faster.</summary>
    /// <returns>What the change returns; default when there is no such session.</returns>
    public async Task<T?> ChangeAsync<T>(string id, Func<SessionChange, Task<T>> change, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var db = await contexts.CreateDbContextAsync(cancel);
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            if (await db.Sessions.SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } session)
            {
                return default;
            }

            var scope = new SessionChange(db, session, time.GetUtcNow());
            var result = await change(scope);
            if (!db.ChangeTracker.HasChanges())
            {
                await transaction.CommitAsync(cancel); // statements of their own may have written something
                return result;
            }

            session.Version++;
            try
            {
                await db.SaveChangesAsync(cancel);
                await transaction.CommitAsync(cancel);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // Another process changed the row, or took the same sequence number, in between.
                await Task.Delay(TimeSpan.FromMilliseconds(attempt), cancel);
                continue;
            }

            signals.Raise(id);
            Log(scope);
            return result;
        }
    }

    /// <summary>Events after a sequence number, in order.</summary>
    public async Task<IReadOnlyList<SequencedEvent>> EventsAsync(string id, int after, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await ReadEventsAsync(db, id, after, cancel);
    }

    /// <summary>Commands after a sequence number, in order.</summary>
    public async Task<IReadOnlyList<SequencedCommand>> CommandsAsync(string id, int after, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var rows = await db.AgentCommands.AsNoTracking().Where(c => c.SessionId == id && c.Seq > after).OrderBy(c => c.Seq).ToListAsync(cancel);
        return [.. rows.Select(r => new SequencedCommand(r.Seq, JsonSerializer.Deserialize(r.Json, BridgeJson.Default.AgentCommand)!))];
    }

    public async Task<Session?> FindAsync(string id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel);
    }

    public async Task<Session?> FindByAgentTokenAsync(string token, CancellationToken cancel)
    {
        var sha256 = BridgeSecret.Sha256(token);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.AgentTokenSha256 == sha256, cancel);
    }

    /// <summary>Notes that the agent was heard of. Not a change of the session: nobody waits for it.</summary>
    public async Task AgentSeenAsync(string id, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await db.Sessions.Where(s => s.Id == id && s.AgentSeenAt != null).ExecuteUpdateAsync(s => s.SetProperty(x => x.AgentSeenAt, now), cancel);
    }

    // By the lookup code, which the holder reads to the helpdesk.
    private void Log(SessionChange change)
    {
        foreach (var happened in change.Appended.Select(e => e.Event))
        {
            if (happened is FailedEvent failed)
            {
                LogFailed(log, change.Session.LookupCode, failed.Problem.Number);
            }
            else
            {
                LogEvent(log, change.Session.LookupCode, happened.GetType().Name);
            }
        }
    }

    [LoggerMessage(2103, LogLevel.Debug, "Session {LookupCode}: {Event}")]
    private static partial void LogEvent(ILogger log, string lookupCode, string @event);

    [LoggerMessage(2104, LogLevel.Information, "Session {LookupCode} stopped: RK-{Number}")]
    private static partial void LogFailed(ILogger log, string lookupCode, int number);

    internal static async Task<IReadOnlyList<SequencedEvent>> ReadEventsAsync(RaDbContext db, string id, int after, CancellationToken cancel)
    {
        var rows = await db.SessionEvents.AsNoTracking().Where(e => e.SessionId == id && e.Seq > after).OrderBy(e => e.Seq).ToListAsync(cancel);
        return [.. rows.Select(r => new SequencedEvent(r.Seq, r.At, JsonSerializer.Deserialize(r.Json, BridgeJson.Default.SessionEvent)!))];
    }
}
