namespace Rekey.Testing.Portal;

/// <summary>A clock that shows another date and runs on: what is measured in seconds stays real, so pages and agents can wait.</summary>
public sealed class ShiftedTime(DateTimeOffset start) : TimeProvider
{
    private readonly DateTimeOffset realStart = TimeProvider.System.GetUtcNow();
    private TimeSpan jumped;

    public override DateTimeOffset GetUtcNow() => start + (TimeProvider.System.GetUtcNow() - realStart) + jumped;

    /// <summary>Makes time pass at once.</summary>
    public void Jump(TimeSpan by) => jumped += by;
}
