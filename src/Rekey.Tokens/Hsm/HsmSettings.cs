namespace Rekey.Tokens.Hsm;

/// <summary>An HSM that is reached by PKCS#11. Its library runs in child processes, so that one that crashes does not take the service along.</summary>
/// <param name="Module">Absolute path of the library.</param>
/// <param name="Token">Label of the token; must be unique.</param>
/// <param name="PinFile">File with the user PIN, mode 0600; empty for a person's token, whose PIN is typed.</param>
public sealed record HsmSettings(string Module, string Token, string PinFile)
{
    /// <summary>How many operations at once: one child process and session each.</summary>
    public int Sessions { get; init; } = 2;

    /// <summary>Variables that the library wants in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
