namespace Rekey.Agent.Bridge;

/// <summary>How long the agent waits for the service.</summary>
internal sealed record BridgeLimits
{
    /// <summary>A whole answer of the server to anything but a long poll; a CA behind it may queue for some seconds.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The server holds a poll for commands at most 25 s; the rest is for the way.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long one thing is tried again before the holder is told. Below the session's own life, above a restart of the server.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>First pause between two tries; doubled each time.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest pause between two tries.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(8);
}
