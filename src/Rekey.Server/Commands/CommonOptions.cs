using System.CommandLine;
using Rekey.Server.Settings;

namespace Rekey.Server.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Where <c>rekey.yaml</c> is.</summary>
    public static Option<string> Directory() => new("--dir") { Description = "Directory with rekey.yaml", DefaultValueFactory = _ => "/etc/rekey" };

    /// <summary>The settings that <c>--dir</c> names.</summary>
    public static ServerSettings Settings(this ParseResult parsed, Option<string> directory) =>
        ServerSettings.Load(Path.GetFullPath(parsed.GetValue(directory)!));

    /// <summary>Tells whoever ran the command.</summary>
    public static void Say(this ParseResult parsed, string line) => parsed.InvocationConfiguration.Output.WriteLine(line);

    /// <summary>Tells them what is wrong.</summary>
    public static void Complain(this ParseResult parsed, string line) => parsed.InvocationConfiguration.Error.WriteLine(line);
}
