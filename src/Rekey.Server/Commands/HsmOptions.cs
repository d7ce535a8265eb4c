using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Ca.Keys;

namespace Rekey.Server.Commands;

/// <summary>Options of <c>rekey ca init</c> for an issuing CA whose key is made in an HSM.</summary>
internal sealed class HsmOptions
{
    private readonly Option<string?> module = new("--hsm-module") { Description = "PKCS#11 library of an HSM in which the issuing CA's key is made; without it in an encrypted file" };
    private readonly Option<string?> token = new("--hsm-token") { Description = "Label of its token" };
    private readonly Option<string?> pinFile = new("--hsm-pin-file") { Description = "File (mode 0600) with its user PIN" };
    private readonly Option<string[]> environment = new("--hsm-env") { Description = "NAME=VALUE: a variable that the library wants", AllowMultipleArgumentsPerToken = true };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[module, token, pinFile, environment])
        {
            command.Add(option);
        }
    }

    /// <summary>What was given; null when the key goes into a file.</summary>
    public HsmSettings? Read(ParseResult parsed)
    {
        var (library, label, pin) = (parsed.GetValue(module), parsed.GetValue(token), parsed.GetValue(pinFile));
        if (library is null && label is null && pin is null)
        {
            return null;
        }

        return library is null || label is null || pin is null
            ? throw new ConfigurationException("--hsm-module, --hsm-token and --hsm-pin-file go together")
            : new HsmSettings(Path.GetFullPath(library), label, Path.GetFullPath(pin))
            {
                Environment = (parsed.GetValue(environment) ?? []).Select(v => v.Split('=', 2)).ToDictionary(
                    v => v[0], v => v is [_, var value] ? value : throw new ConfigurationException($"--hsm-env {v[0]}: NAME=VALUE is expected")),
            };
    }
}
