namespace Rekey.Server.Serving;

/// <summary>
/// The real clock, set forward or back: for a demo that lives at another date, and for rehearsing a wave of expiries. TLS certificates
/// and cookies stay in real time, because browsers do.
/// </summary>
internal sealed class OffsetTimeProvider(TimeSpan offset) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
