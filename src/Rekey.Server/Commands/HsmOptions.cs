using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Tokens.Hsm;

namespace Rekey.Server.Commands;

/// <summary>Options of commands that make or use a key in an HSM or on a token.</summary>
/// <param name="what">What is done there, as <c>--hsm-module</c> says.</param>
/// <param name="typed">Whether the PIN may be typed: the token is that of the person who runs the command.</param>
internal sealed class HsmOptions(string what, bool typed = false)
{
    private readonly Option<string?> module = new("--hsm-module") { Description = $"PKCS#11 {(typed ? "or SKF " : "")}library of an HSM or token in which {what}; without it in an encrypted file" };
    private readonly Option<string?> token = new("--hsm-token") { Description = "Label of its token" };
    private readonly Option<string?> pinFile = new("--hsm-pin-file") { Description = $"File (mode 0600) with its user PIN{(typed ? "; without it the PIN is asked for" : "")}" };
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

        return library is null || label is null || (pin is null && !typed)
            ? throw new ConfigurationException($"--hsm-module, --hsm-token{(typed ? "" : " and --hsm-pin-file")} go together")
            : new HsmSettings(Path.GetFullPath(library), label, pin is null ? "" : Path.GetFullPath(pin))
            {
                Environment = (parsed.GetValue(environment) ?? []).Select(v => v.Split('=', 2)).ToDictionary(
                    v => v[0], v => v is [_, var value] ? value : throw new ConfigurationException($"--hsm-env {v[0]}: NAME=VALUE is expected")),
            };
    }
}
