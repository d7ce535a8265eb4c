namespace Rekey.Agent.Bridge;

/// <summary>
/// The server's time on this computer: a holder's clock may be wrong by years, and neither messages nor the checking of the CA's
/// answers may depend on it.
/// </summary>
/// <param name="local">This computer's clock.</param>
internal sealed class ServerClock(TimeProvider local) : TimeProvider
{
    /// <summary>What is added to the computer's clock; positive when it is slow.</summary>
    public TimeSpan Offset { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => local.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => local.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => local.GetUtcNow() + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => local.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        local.CreateTimer(callback, state, dueTime, period);
}
