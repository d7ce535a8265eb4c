using System.Diagnostics;
using System.Globalization;

namespace Rekey.Agent.Prompts;

/// <summary>
/// Windows by the system's pinentry (or any program with its contract): a process of its own for each question, outside the browser.
/// </summary>
/// <param name="program">The program.</param>
/// <param name="language">Language of its own texts, for example <c>zh-CN</c>.</param>
internal sealed class Pinentry(string program, string language) : IUserPrompt
{
    /// <summary>A window left open would hold the session; a person who walked away starts again.</summary>
    private const int AnswerSeconds = 300;

    /// <summary>Between our own limit and killing the program.</summary>
    private const int GraceSeconds = 10;

    /// <summary>The system's pinentry, or null when there is none.</summary>
    public static string? Find(string? configured)
    {
        string[] candidates = configured is not null
            ? [configured]
            : [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Where(Path.IsPathRooted)
                .Select(d => Path.Combine(d, OperatingSystem.IsWindows() ? "rekey-pinentry.exe" : "pinentry"))];
        return Array.Find(candidates, File.Exists);
    }

    /// <inheritdoc/>
    public Task<bool> ConfirmAsync(PromptText text, CancellationToken cancel) =>
        AskAsync(text, (assuan, c) => assuan.SendAsync(text.Cancel is null ? "MESSAGE" : "CONFIRM", null, c), cancel);

    /// <inheritdoc/>
    public Task<Pin?> GetPinAsync(PromptText text, CancellationToken cancel) => AskAsync(text, (assuan, c) => assuan.GetPinAsync(c), cancel);

    private async Task<T> AskAsync<T>(PromptText text, Func<Assuan, CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(AnswerSeconds + GraceSeconds));
        using var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })
            ?? throw new IOException("the window's program did not start");
        try
        {
            using var assuan = new Assuan(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
            await assuan.GreetingAsync(limit.Token);
            await SetAsync(assuan, text, limit.Token);
            var answer = await ask(assuan, limit.Token);
            await assuan.SendAsync("BYE", null, limit.Token);
            return answer;
        }
        finally
        {
            if (!process.WaitForExit(TimeSpan.FromMilliseconds(500)))
            {
                process.Kill();
            }
        }
    }

    private async Task SetAsync(Assuan assuan, PromptText text, CancellationToken cancel)
    {
        // Options and texts that a program does not know are answered with ERR, which harms nothing.
        (string Command, string? Argument)[] settings =
        [
            ("OPTION", $"lc-ctype={(language.StartsWith("zh", StringComparison.Ordinal) ? "zh_CN" : "en_US")}.UTF-8"),
            ("OPTION", TerminalOption()),
            ("SETTIMEOUT", AnswerSeconds.ToString(CultureInfo.InvariantCulture)),
            ("SETTITLE", text.Title),
            ("SETDESC", text.Description),
            ("SETPROMPT", text.Prompt),
            ("SETERROR", text.Error),
            ("SETOK", text.Ok),
            ("SETCANCEL", text.Cancel),
        ];
        foreach (var (command, argument) in settings.Where(s => !string.IsNullOrEmpty(s.Argument)))
        {
            await assuan.SendAsync(command, argument, cancel);
        }
    }

    // pinentry-curses and pinentry-tty need to be told the terminal; on a desktop there is none.
    private static string? TerminalOption() => !OperatingSystem.IsWindows() && !Console.IsInputRedirected ? "ttyname=/dev/tty" : null;
}
