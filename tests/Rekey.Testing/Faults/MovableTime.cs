namespace Rekey.Testing.Faults;

/// <summary>The real clock, which a test can set forward while everything runs: only the date moves, not how long a pause lasts.</summary>
internal sealed class MovableTime : TimeProvider
{
    private long ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));

    /// <summary>Lets so much time pass at once.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref ahead, time.Ticks);
}
