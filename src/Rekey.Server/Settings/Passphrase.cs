using System.Text;
using Rekey.Ca.Configuration;
using Rekey.Store.Keys;

namespace Rekey.Server.Settings;

/// <summary>
/// The passphrase of a key: in the file that the settings name, else typed at the terminal, once for as long as these settings live. A
/// class, because a record would print what was typed.
/// </summary>
/// <param name="file">File (mode 0600) with it, or null.</param>
/// <param name="what">What it opens, for whoever types it.</param>
/// <param name="missing">What to say when there is neither file nor terminal; names the setting or option.</param>
internal sealed class Passphrase(string? file, string what, string missing)
{
    private string? typed;

    /// <summary>What it is called where it is asked for.</summary>
    public string Name { get; init; } = "passphrase";

    /// <summary>Whether <see cref="Read"/> can succeed: there is a file, or somebody who could type.</summary>
    public bool IsAvailable => file is not null || typed is not null || !Console.IsInputRedirected;

    /// <summary>That of the service's keys of a CA.</summary>
    public static Passphrase Of(CaSettings ca) =>
        new(ca.PassphraseFile, $"CA's keys in {ca.Directory}", $"{Path.Combine(ca.Directory, "ca.yaml")}: passphraseFile: is missing");

    /// <summary>That of a key which a section of <c>rekey.yaml</c> names.</summary>
    /// <param name="s">The section, which may have a <c>passphraseFile</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="directory">Of <c>rekey.yaml</c>.</param>
    /// <param name="key">The key's file.</param>
    public static Passphrase Of(YamlSection s, string name, string directory, string key) => new(
        s.OptionalText("passphraseFile") is { } file ? Path.Combine(directory, file) : null,
        $"key {key}",
        $"{Path.Combine(directory, "rekey.yaml")}: {name}.passphraseFile: is missing");

    /// <summary>Reads or asks.</summary>
    /// <exception cref="ConfigurationException">Neither file nor terminal, or nothing was typed.</exception>
    /// <exception cref="Pki.Keys.PrivateKeyException">The file is missing, or others can read it.</exception>
    public string Read() => file is not null ? KeyFile.ReadPassphrase(file)
        : typed is not null ? typed
        : Console.IsInputRedirected ? throw new ConfigurationException($"{missing}, and there is no terminal to ask for the {Name}")
        : Ask() is { Length: > 0 } answer ? typed = answer
        : throw new ConfigurationException($"no {Name} was typed for the {what}");

    /// <inheritdoc/>
    public override string ToString() => "***";

    private string Ask()
    {
        _ = Console.KeyAvailable; // sets the terminal up, so that nobody who is asked types before its echo is off
        // On standard error, so that whoever redirects the output is asked all the same.
        Console.Error.Write($"{char.ToUpperInvariant(Name[0])}{Name[1..]} of the {what}: ");
        var answer = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                answer.Length = Math.Max(0, answer.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                answer.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return answer.ToString();
    }
}
