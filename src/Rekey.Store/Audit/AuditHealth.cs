using Rekey.Contract.Problems;

namespace Rekey.Store.Audit;

/// <summary>Whether the audit log keeps up. Entries wait for their place in the tree a fraction of a second; minutes mean that something is wrong, or somebody.</summary>
public sealed class AuditHealth(TimeProvider time)
{
    /// <summary>From this age of the oldest waiting entry on, the log raises an alarm.</summary>
    public static readonly TimeSpan AlarmAfter = TimeSpan.FromSeconds(5);

    /// <summary>From this age on, nothing is issued any more.</summary>
    public static readonly TimeSpan StopAfter = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private Wait? waiting;
    private bool looked;
    private string? fault;

    /// <summary>How long the oldest entry has been waiting; zero when none is. A clock that is set, forward or back, is no waiting.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (gate)
            {
                return waiting is { } wait ? wait.Before + time.GetElapsedTime(wait.Since) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>What the sequencer refused, in English; null when nothing.</summary>
    public string? Fault
    {
        get
        {
            lock (gate)
            {
                return fault;
            }
        }
    }

    /// <summary>Refuses to go on when the log has been standing still too long.</summary>
    /// <exception cref="ProblemException">RK-4010.</exception>
    public void DemandWritable()
    {
        if (Lag > StopAfter)
        {
            throw new ProblemException(Problems.IssuingStopped());
        }
    }

    /// <summary>An entry was committed.</summary>
    internal void Wrote()
    {
        lock (gate)
        {
            waiting ??= new(null, TimeSpan.Zero, time.GetTimestamp()); // the sequencer corrects it as soon as it has looked
        }
    }

    /// <summary>The sequencer looked.</summary>
    /// <param name="oldest">When the oldest entry that is still waiting was written; null when none is.</param>
    /// <param name="refused">What it refused, in English.</param>
    internal void Looked(DateTimeOffset? oldest, string? refused)
    {
        lock (gate)
        {
            fault = refused;
            if (oldest is null)
            {
                waiting = null;
            }
            else if (!looked || waiting is null || (waiting.Oldest is { } known && known != oldest))
            {
                // What waited before this process began is as old as its date says: a restart makes a log that stands still no younger.
                var before = looked || time.GetUtcNow() < oldest ? TimeSpan.Zero : time.GetUtcNow() - oldest.Value;
                waiting = new(oldest, before, time.GetTimestamp());
            }
            else
            {
                waiting = waiting with { Oldest = oldest };
            }

            looked = true;
        }
    }

    private sealed record Wait(DateTimeOffset? Oldest, TimeSpan Before, long Since);
}
