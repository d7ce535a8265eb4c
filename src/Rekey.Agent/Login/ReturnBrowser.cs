using System.ComponentModel;
using System.Diagnostics;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Login;

/// <summary>
/// Opens a login's return page in the browser that launched the agent, because only that one has the cookie of the login: the nearest
/// browser among the agent's ancestors, with the options that name its profile; where there is none, the desktop's own choice. The address
/// can be read by other users of the computer for a moment; its code counts only with the cookie.
/// </summary>
/// <param name="configured">A program that gets the address as its only argument, or null.</param>
internal sealed class ReturnBrowser(string? configured)
{
    private const int Ancestors = 8;

    // As the files are called that run on Linux; wrapper scripts are not what an ancestor shows.
    private static readonly string[] Browsers =
    [
        "chromium", "chrome", "firefox", "firefox-esr", "firefox-bin", "msedge", "brave", "vivaldi-bin", "opera", "qaxbrowser", "browser360-cn", "uos-browser", "lbrowser",
    ];

    private static readonly string[] ProfileOptions = ["--user-data-dir=", "--profile-directory="];
    private static readonly string[] ProfileOptionsWithValue = ["-P", "-profile", "--profile"];

    /// <summary>Opens an address.</summary>
    /// <exception cref="ProblemException"><see cref="Problems.BrowserNotOpened"/>.</exception>
    public void Open(string address)
    {
        try
        {
            using var process = Process.Start(Command(address)) ?? throw new ProblemException(Problems.BrowserNotOpened());
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            throw new ProblemException(Problems.BrowserNotOpened(), e);
        }
    }

    /// <summary>Of a browser's command line, what names its profile.</summary>
    internal static IEnumerable<string> Profile(IReadOnlyList<string> arguments)
    {
        for (var i = 1; i < arguments.Count; i++)
        {
            if (ProfileOptions.Any(o => arguments[i].StartsWith(o, StringComparison.Ordinal)))
            {
                yield return arguments[i];
            }
            else if (ProfileOptionsWithValue.Contains(arguments[i]) && i + 1 < arguments.Count)
            {
                yield return arguments[i];
                yield return arguments[++i];
            }
        }
    }

    private ProcessStartInfo Command(string address) =>
        configured is not null ? new(configured, [address])
        : OperatingSystem.IsWindows() ? new(address) { UseShellExecute = true }
        : Launcher() is { } launcher ? new(launcher.Program, [.. launcher.Profile, address])
        : new("xdg-open", [address]);

    private static (string Program, IEnumerable<string> Profile)? Launcher()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var process = "self";
            for (var i = 0; i < Ancestors; i++)
            {
                process = Parent(process);
                if (File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false) is { } program && Browsers.Contains(program.Name))
                {
                    return (program.FullName, [.. Profile(File.ReadAllText($"/proc/{process}/cmdline").Split('\0'))]);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The end of what this user may see, or an ancestor that has just ended.
        }

        return null;
    }

    // proc(5): pid (comm) state ppid …; comm may have anything in it.
    private static string Parent(string process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
    }
}
