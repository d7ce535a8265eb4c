using Rekey.Agent.Bridge;
using Rekey.Agent.Configuration;
using Rekey.Agent.Login;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Signing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Tokens.Host;

namespace Rekey.Agent.CommandLine;

/// <summary>Started by a browser: an address of the scheme <c>rekey</c>, or a file that holds one.</summary>
internal static class Launch
{
    /// <summary>Visits the site that the address names, if this computer allows it.</summary>
    /// <param name="uriOrFile">What the desktop passed.</param>
    /// <param name="configPath">The configuration.</param>
    /// <param name="language">Language of windows until the page has told its own, or null.</param>
    /// <param name="cancel">Ends the agent.</param>
    /// <exception cref="ProblemException">Refused, or the service cannot be reached.</exception>
    public static async Task<Problem?> RunAsync(string uriOrFile, string configPath, string? language, CancellationToken cancel)
    {
        // Form and list are checked before anything is contacted.
        var address = LaunchAddress.Parse(ReadAddress(uriOrFile)) ?? throw new ProblemException(Problems.LaunchRefused());
        var loaded = ConfigFile.Load(configPath);
        if (!loaded.Config.Allows(address))
        {
            throw new ProblemException(Problems.OriginNotAllowed(address.Origin));
        }

        var clock = new ServerClock(TimeProvider.System) { Offset = TimeSpan.FromSeconds(loaded.Config.ClockOffsetSeconds) };
        using var bridge = new BridgeClient(address.Origin, new BridgeLimits(), TimeProvider.System, loaded.TlsAnchors, address.Purpose);
        using var tokens = Open(loaded.Config);
        if (address.Purpose == SessionPurpose.Login)
        {
            var browser = new ReturnBrowser(loaded.Config.Browser);
            return await new LoginVisit(bridge, tokens, spoken => Prompt(loaded, language ?? spoken), browser).RunAsync(address.Ticket, cancel);
        }

        if (address.Purpose == SessionPurpose.Sign)
        {
            return await new SignVisit(bridge, tokens, spoken => Prompt(loaded, language ?? spoken), clock).RunAsync(address.Ticket, cancel);
        }

        return await new Visit(bridge, tokens, spoken => Prompt(loaded, language ?? spoken), loaded.Trust, clock).RunAsync(address.Ticket, cancel);
    }

    /// <summary>All modules of a configuration, none started yet.</summary>
    public static TokenSet Open(AgentConfig config) =>
        new([
            .. ModuleDiscovery.Find(config).Select(m => new HostedModule(
                m.Library, m.Environment ?? new Dictionary<string, string>(), HostProgram.Self(), HostLimits.Default, TimeProvider.System)),
        ]);

    /// <summary>The windows.</summary>
    /// <exception cref="ProblemException">There is no program for them.</exception>
    public static Pinentry Prompt(LoadedConfig loaded, string language) => new(
        Pinentry.Find(loaded.Config.Pinentry) ?? throw new ProblemException(Problems.AgentMisconfigured(loaded.File, "pinentry: no such program")),
        language);

    // Desktops pass a downloaded start.rekey as a path or a file address; it holds the same text.
    private static string ReadAddress(string uriOrFile)
    {
        if (uriOrFile.StartsWith("rekey:", StringComparison.Ordinal))
        {
            return uriOrFile;
        }

        try
        {
            var path = Uri.TryCreate(uriOrFile, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : uriOrFile;
            using var stream = File.OpenRead(path);
            Span<byte> content = stackalloc byte[LaunchAddress.MaxLength + 2];
            var read = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return System.Text.Encoding.ASCII.GetString(content[..read]).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "";
        }
    }
}
