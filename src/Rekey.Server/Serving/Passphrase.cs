using System.Text;
using Rekey.Ca.Configuration;
using Rekey.Store.Keys;

namespace Rekey.Server.Serving;

/// <summary>Passphrases of keys: from a file where one is named, else typed.</summary>
internal static class Passphrase
{
    /// <summary>Reads one.</summary>
    /// <param name="file">File (mode 0600) with it; null: it is asked for at the terminal, without echo.</param>
    /// <param name="what">What it opens, for whoever types it.</param>
    /// <param name="missing">What to say when there is neither file nor terminal: names the setting or option.</param>
    /// <exception cref="ConfigurationException">Neither file nor terminal, or nothing was typed.</exception>
    /// <exception cref="Pki.Keys.PrivateKeyException">The file is missing, or others can read it.</exception>
    public static string Read(string? file, string what, string missing) => file is not null ? KeyFile.ReadPassphrase(file)
        : Console.IsInputRedirected ? throw new ConfigurationException($"{missing}, and there is no terminal to ask for the passphrase")
        : Typed(what) is { Length: > 0 } typed ? typed
        : throw new ConfigurationException($"no passphrase was typed for the {what}");

    private static string Typed(string what)
    {
        // On standard error, so that whoever redirects the output is asked all the same.
        Console.Error.Write($"Passphrase of the {what}: ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
