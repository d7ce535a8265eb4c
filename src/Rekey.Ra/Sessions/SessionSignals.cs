using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>
/// Wakes long-polls when their session changes: at once when this process changed it, and within <see cref="Interval"/> when another
/// did. One query per interval serves all waiting polls of the process together.
/// </summary>
internal sealed partial class SessionSignals(IDbContextFactory<RaDbContext> contexts, TimeProvider time, ILogger<SessionSignals> log) : BackgroundService
{
    /// <summary>How often the database is asked for changes of the sessions waited for.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, Bell> bells = new();

    /// <summary>The session has changed.</summary>
    public void Raise(string id)
    {
        if (bells.TryGetValue(id, out var bell))
        {
            bell.Ring();
        }
    }

    /// <summary>Waits until a session's version differs from the one seen, or the limit passes.</summary>
    public async Task WaitAsync(string id, int seenVersion, TimeSpan limit, CancellationToken cancel)
    {
        Bell bell;
        Task rung;
        while (true)
        {
            bell = bells.GetOrAdd(id, _ => new Bell());
            if (bell.Enter(seenVersion, out rung))
            {
                break;
            }

            // Its last poll has just left; make a new one.
            bells.TryRemove(new KeyValuePair<string, Bell>(id, bell));
        }

        try
        {
            await rung.WaitAsync(limit, time, cancel);
        }
        catch (TimeoutException)
        {
            // Nothing happened in time, which is an answer too.
        }
        finally
        {
            if (bell.Leave())
            {
                bells.TryRemove(new KeyValuePair<string, Bell>(id, bell));
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogLookFailed(log, e);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        if (bells.IsEmpty)
        {
            return;
        }

        var ids = bells.Keys.ToList();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var versions = await db.Sessions.Where(s => ids.Contains(s.Id)).Select(s => new { s.Id, s.Version }).ToListAsync(cancel);
        foreach (var found in versions)
        {
            if (bells.TryGetValue(found.Id, out var bell))
            {
                bell.RingUnlessSeen(found.Version);
            }
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "Looking for changed sessions failed; the next look is in 250 ms")]
    private static partial void LogLookFailed(ILogger log, Exception e);

    /// <summary>The polls that wait for one session.</summary>
    private sealed class Bell
    {
        private readonly Lock gate = new();
        private TaskCompletionSource rung = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int waiting;
        private int seen = int.MaxValue;
        private bool closed;

        public bool Enter(int seenVersion, out Task task)
        {
            lock (gate)
            {
                // The least version that any of the waiting polls has seen: one ring too many costs a query, one too few a wait.
                seen = Math.Min(seen, seenVersion);
                waiting++;
                task = rung.Task;
                if (closed)
                {
                    waiting--;
                }

                return !closed;
            }
        }

        public bool Leave()
        {
            lock (gate)
            {
                closed = --waiting == 0;
                return closed;
            }
        }

        public void Ring()
        {
            lock (gate)
            {
                rung.TrySetResult();
                rung = new(TaskCreationOptions.RunContinuationsAsynchronously);
                seen = int.MaxValue;
            }
        }

        public void RingUnlessSeen(int version)
        {
            lock (gate)
            {
                if (version <= seen)
                {
                    return;
                }
            }

            Ring();
        }
    }
}
