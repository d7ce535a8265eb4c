using System.Diagnostics;

namespace Rekey.Demo;

/// <summary>The <c>rekey://</c> handler of the current user, as freedesktop.org's systems register one.</summary>
internal static class SchemeHandler
{
    private const string Entry = "rekey-agent-demo.desktop";

    /// <summary>Registers the agent.</summary>
    /// <param name="dataHome">Directory to use instead of the user's own (<c>XDG_DATA_HOME</c>), or null.</param>
    public static void Register(string? dataHome)
    {
        var applications = Path.Combine(DataHome(dataHome), "applications");
        Directory.CreateDirectory(applications);
        File.WriteAllText(Path.Combine(applications, Entry), $"""
            [Desktop Entry]
            Type=Application
            Name=续证助手（演示）
            Name[en]=Rekey agent (demo)
            Exec={Argument(DemoSite.Agent)} --config {Argument(DemoSite.AgentConfig)} --uri %u
            NoDisplay=true
            MimeType=x-scheme-handler/rekey;application/x-rekey;

            """);
        Run("update-desktop-database", dataHome, applications);
        Run("xdg-mime", dataHome, "default", Entry, "x-scheme-handler/rekey");
    }

    /// <summary>Removes entry and default.</summary>
    public static void Remove()
    {
        var applications = Path.Combine(DataHome(null), "applications");
        if (Directory.Exists(applications))
        {
            File.Delete(Path.Combine(applications, Entry));
            Run("update-desktop-database", null, applications);
        }

        var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        foreach (var list in new[] { Path.Combine(config, "mimeapps.list"), Path.Combine(applications, "mimeapps.list") }.Where(File.Exists))
        {
            File.WriteAllLines(list, File.ReadAllLines(list).Where(l => !l.Contains(Entry, StringComparison.Ordinal)));
        }
    }

    /// <summary>Variables that make a process, and what it starts, use another user directory.</summary>
    public static Dictionary<string, string> Variables(string home) => new()
    {
        ["XDG_DATA_HOME"] = Path.Combine(home, "data"),
        ["XDG_CONFIG_HOME"] = Path.Combine(home, "config"),
    };

    // The plain xdg-open (without a desktop's own opener) does not understand quotes, so they are there only where they are needed.
    private static string Argument(string path) => path.All(c => char.IsLetterOrDigit(c) || "/._-".Contains(c)) ? path : $"\"{path}\"";

    private static string DataHome(string? home) => home is not null
        ? Path.Combine(home, "data")
        : Environment.GetEnvironmentVariable("XDG_DATA_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");

    private static void Run(string program, string? home, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in home is null ? [] : Variables(home))
        {
            start.Environment[name] = value;
            Directory.CreateDirectory(value);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.WaitForExit();
    }
}
