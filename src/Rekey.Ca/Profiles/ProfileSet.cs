using Rekey.Ca.Configuration;

namespace Rekey.Ca.Profiles;

/// <summary>All profiles of a CA with the zone in which its days end.</summary>
/// <param name="Zone">The institution's zone.</param>
/// <param name="Profiles">By name.</param>
public sealed record ProfileSet(TimeZoneInfo Zone, IReadOnlyDictionary<string, CertificateProfile> Profiles)
{
    /// <summary>A profile by its name.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public CertificateProfile this[string name] => Profiles.TryGetValue(name, out var profile) ? profile
        : throw new ConfigurationException($"there is no profile \"{name}\"; there are: {string.Join(", ", Profiles.Keys)}");

    /// <summary>Reads a profile file and checks it whole.</summary>
    /// <exception cref="ConfigurationException">With file, line and field.</exception>
    public static ProfileSet Load(string file) => ProfileReader.Read(YamlSection.Load(file));

    /// <summary>Reads profiles from a text.</summary>
    /// <param name="file">A file name, for messages.</param>
    /// <param name="text">YAML.</param>
    public static ProfileSet Parse(string file, string text) => ProfileReader.Read(YamlSection.Parse(file, text));
}
