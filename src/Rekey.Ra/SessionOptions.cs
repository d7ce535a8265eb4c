namespace Rekey.Ra;

/// <summary>Meetings of page and agent.</summary>
public sealed record SessionOptions
{
    /// <summary>
    /// The origin that browsers see, for example <c>https://ra.example:8008</c>. Null: taken from each request, which is right
    /// only without a proxy in front.
    /// </summary>
    public Uri? PublicOrigin { get; init; }

    /// <summary>Agents older than this are told to update. It only ever rises.</summary>
    public Version MinAgentVersion { get; init; } = new(0, 1, 0);

    /// <summary>Business systems that holders may come from and go back to.</summary>
    public IReadOnlyList<BusinessSystem> BusinessSystems { get; init; } = [];

    /// <summary>Installers of the agent, for the page that found none.</summary>
    public IReadOnlyList<AgentInstaller> Installers { get; init; } = [];

    /// <summary>New sessions (and launches) from one network address in a minute. An office behind one address is many people.</summary>
    public int CreatesPerMinute { get; init; } = 120;

    /// <summary>Agent attachments from one network address in a minute.</summary>
    public int AttachesPerMinute { get; init; } = 240;

    internal void Validate()
    {
        RaOptions.Require(
            PublicOrigin is null || (PublicOrigin.IsAbsoluteUri && PublicOrigin.Scheme is "https" or "http" && PublicOrigin.PathAndQuery == "/"),
            "sessions.publicOrigin",
            "must be scheme, host and port only");
        RaOptions.Require(CreatesPerMinute > 0, "sessions.createsPerMinute", "must be above 0");
        RaOptions.Require(AttachesPerMinute > 0, "sessions.attachesPerMinute", "must be above 0");
        foreach (var system in BusinessSystems)
        {
            RaOptions.Require(system.Url is { IsAbsoluteUri: true, Scheme: "https" or "http" }, "sessions.businessSystems", "each needs an absolute https address");
        }
    }
}

/// <summary>A site that logs in with these certificates.</summary>
public sealed record BusinessSystem
{
    /// <summary>Its name.</summary>
    public LocalText Name { get; init; } = new();

    /// <summary>Its address; a return address must begin with it.</summary>
    public required Uri Url { get; init; }
}

/// <summary>A file that installs the agent.</summary>
public sealed record AgentInstaller
{
    /// <summary>The system it is for, for example <c>Windows 10 / 11 (64 位)</c>.</summary>
    public LocalText System { get; init; } = new();

    /// <summary>Words that the browser's User-Agent contains on that system, for example <c>Windows</c>; all must be there.</summary>
    public IReadOnlyList<string> UserAgentWords { get; init; } = [];

    /// <summary>Where the file is: absolute, or a path of this site.</summary>
    public required Uri Url { get; init; }

    /// <summary>SHA-256 of the file, hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Its size in octets.</summary>
    public long Bytes { get; init; }
}
