using Rekey.Ca.Configuration;

namespace Rekey.Ca.Keys;

/// <summary>An HSM that is reached by PKCS#11. Its library runs in child processes, so that one that crashes does not take the CA along.</summary>
/// <param name="Module">Absolute path of the library.</param>
/// <param name="Token">Label of the token; must be unique.</param>
/// <param name="PinFile">File with the user PIN, mode 0600.</param>
public sealed record HsmSettings(string Module, string Token, string PinFile)
{
    /// <summary>How many signatures at once: one child process and session each.</summary>
    public int Sessions { get; init; } = 2;

    /// <summary>Variables that the library wants in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    internal static HsmSettings Read(YamlSection s, string directory)
    {
        var environment = s.Section("environment");
        var settings = new HsmSettings(s.Text("module"), s.Text("token"), Path.Combine(directory, s.Text("pinFile")))
        {
            Sessions = s.Number("sessions", 1, 64, 2),
            Environment = environment?.Keys.ToDictionary(k => k, k => environment.Text(k)) ?? [],
        };
        environment?.Done();
        s.Done();
        return settings;
    }
}
