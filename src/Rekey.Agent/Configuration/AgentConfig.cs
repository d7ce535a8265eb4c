using System.Text.Json;
using System.Text.Json.Serialization;
using Rekey.Contract.Bridge;

namespace Rekey.Agent.Configuration;

/// <summary>The machine's configuration: what the agent may do and for whom. No page and no variable can change it.</summary>
/// <param name="Origins">Sites that may start the agent, byte for byte as in the launch address, for example <c>https://ra.example</c>.</param>
/// <param name="TrustAnchors">PEM files of the CAs whose answers are accepted.</param>
/// <param name="Modules">PKCS#11 or SKF libraries in addition to, or with other settings than, the discovered ones.</param>
/// <param name="DiscoverModules">Whether p11-kit's registrations and the usual paths of vendors are looked at as well.</param>
/// <param name="Pinentry">The program that asks for PIN and consent; default: <c>pinentry</c> of the system.</param>
/// <param name="ClockOffsetSeconds">For demonstrations at another date: what is added to this computer's clock.</param>
/// <param name="TlsAnchors">PEM files of CAs for the sites' TLS certificates, in addition to the system's list.</param>
/// <param name="LoginOrigins">Sites that may ask for a login and for nothing else, in the form of <paramref name="Origins"/>.</param>
/// <param name="Browser">
/// The program that opens a login's return page, with its address as the only argument; default: the browser that launched the agent, else
/// the desktop's.
/// </param>
internal sealed record AgentConfig(
    IReadOnlyList<string> Origins,
    IReadOnlyList<string> TrustAnchors,
    IReadOnlyList<ModuleConfig>? Modules = null,
    bool DiscoverModules = true,
    string? Pinentry = null,
    long ClockOffsetSeconds = 0,
    IReadOnlyList<string>? TlsAnchors = null,
    IReadOnlyList<string>? LoginOrigins = null,
    string? Browser = null)
{
    /// <summary>Whether a site may ask for what its address says. A signed list of sites, granting logins and signatures only, would be asked here as well.</summary>
    public bool Allows(LaunchAddress address) =>
        Origins.Contains(address.Origin, StringComparer.Ordinal)
        || (address.Purpose is SessionPurpose.Login or SessionPurpose.Sign && LoginOrigins?.Contains(address.Origin, StringComparer.Ordinal) == true);
}

/// <summary>One library.</summary>
/// <param name="Library">Its path.</param>
/// <param name="Environment">Variables for its process, for example <c>SOFTHSM2_CONF</c>, or <c>REKEY_SKF_PROFILE</c>.</param>
internal sealed record ModuleConfig(string Library, IReadOnlyDictionary<string, string>? Environment = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(AgentConfig))]
internal sealed partial class AgentConfigJson : JsonSerializerContext;
