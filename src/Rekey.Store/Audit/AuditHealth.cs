using Rekey.Contract.Problems;

namespace Rekey.Store.Audit;

/// <summary>Whether the audit log keeps up. Entries wait for their place in the tree a fraction of a second; minutes mean that something is wrong, or somebody.</summary>
public sealed class AuditHealth
{
    /// <summary>From this age of the oldest waiting entry on, the log raises an alarm.</summary>
    public static readonly TimeSpan AlarmAfter = TimeSpan.FromSeconds(5);

    /// <summary>From this age on, nothing is issued any more.</summary>
    public static readonly TimeSpan StopAfter = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private DateTimeOffset? waitingSince;
    private string? fault;

    /// <summary>How long the oldest entry has been waiting; zero when none is.</summary>
    public TimeSpan Lag(DateTimeOffset now)
    {
        lock (gate)
        {
            return waitingSince is { } since && now > since ? now - since : TimeSpan.Zero;
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
    public void DemandWritable(DateTimeOffset now)
    {
        if (Lag(now) > StopAfter)
        {
            throw new ProblemException(Problems.IssuingStopped());
        }
    }

    /// <summary>An entry was committed.</summary>
    internal void Wrote(DateTimeOffset at)
    {
        lock (gate)
        {
            waitingSince ??= at; // the sequencer corrects it as soon as it has looked
        }
    }

    /// <summary>The sequencer looked.</summary>
    internal void Looked(DateTimeOffset? oldestWaiting, string? refused)
    {
        lock (gate)
        {
            (waitingSince, fault) = (oldestWaiting, refused);
        }
    }
}
