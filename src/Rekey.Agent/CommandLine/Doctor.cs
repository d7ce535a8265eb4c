using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rekey.Agent.Bridge;
using Rekey.Agent.Configuration;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Contract.Problems;
using Rekey.Tokens;

namespace Rekey.Agent.CommandLine;

/// <summary>
/// A diagnosis that can be sent to the helpdesk as it is: what is installed and whether it works, but no name, no serial number of a
/// token or certificate, no label, and no path inside a home directory.
/// </summary>
internal static class Doctor
{
    /// <summary>How long a site may take to answer at all.</summary>
    private static readonly TimeSpan SiteLimit = TimeSpan.FromSeconds(5);

    private static readonly (string Program, string[] Arguments)[] Clipboards =
        [("wl-copy", []), ("xclip", ["-selection", "clipboard"]), ("xsel", ["--clipboard", "--input"]), ("clip.exe", [])];

    /// <summary>Looks at everything; one line each, beginning with ok, warn or FAIL.</summary>
    /// <returns>Null when all is well.</returns>
    public static async Task<Problem?> RunAsync(string configPath, AgentTexts texts, bool copy, TextWriter output, CancellationToken cancel)
    {
        var report = new StringBuilder();
        report.AppendLine($"rekey-agent {AgentVersion.Text}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        var problem = await LookAsync(configPath, texts, report, cancel);
        var text = WithoutHome(report.ToString());
        await output.WriteAsync(text.AsMemory(), cancel);
        if (copy)
        {
            await output.WriteLineAsync((Copy(text) ? texts.Copied : texts.NotCopied).AsMemory(), cancel);
        }

        return problem;
    }

    private static async Task<Problem?> LookAsync(string configPath, AgentTexts texts, StringBuilder report, CancellationToken cancel)
    {
        LoadedConfig loaded;
        try
        {
            loaded = ConfigFile.Load(configPath);
            Line("ok", $"configuration {loaded.File}: {loaded.Config.Origins.Count} sites");
        }
        catch (ProblemException e)
        {
            Line("FAIL", $"{e.Problem.Code} {e.Problem.Title(texts.Culture)}");
            return e.Problem;
        }

        Problem? worst = null;
        if (Pinentry.Find(loaded.Config.Pinentry) is { } pinentry)
        {
            Line("ok", $"pinentry {pinentry}");
        }
        else
        {
            worst = Problems.AgentMisconfigured(loaded.File, "pinentry");
            Line("FAIL", "pinentry: none");
        }

        foreach (var origin in loaded.Config.Origins)
        {
            var answer = await ReachAsync(origin, loaded.TlsAnchors, cancel);
            Line(answer.Reached ? "ok" : "FAIL", $"site {origin}: {answer.Text}");
            worst ??= answer.Reached ? null : Problems.ServiceUnreachable((int)SiteLimit.TotalSeconds);
        }

        using var tokens = Launch.Open(loaded.Config);
        var survey = tokens.Survey();
        foreach (var module in ModuleDiscovery.Find(loaded.Config))
        {
            var name = Path.GetFileName(module.Library);
            var fault = survey.Faults.FirstOrDefault(f => f.Module == name).Fault;
            Line(fault is null ? "ok" : "warn", $"module {module.Library}{(fault is null ? "" : $": {fault.DriverCode} ({fault.Fault})")}");
            foreach (var (place, pairs) in survey.Tokens.Where(t => t.Place.Module.Name == name))
            {
                Line(place.Info.Tries is PinTries.Plenty && !place.Info.WriteProtected ? "ok" : "warn", $"  {Describe(place.Info, pairs)}");
            }
        }

        worst ??= survey.Tokens.Count == 0 ? Problems.NoToken() : null;
        return worst;

        void Line(string state, string text) => report.AppendLine($"{state,-5}{text}");
    }

    private static string Describe(TokenInfo info, IReadOnlyList<TokenPair> pairs) =>
        $"{info.Identity.Manufacturer} / {info.Identity.Model}: {pairs.Count(p => p.Certificate is not null)} certificates, free {info.FreeBytes?.ToString() ?? "?"} bytes, "
        + $"PIN {info.Tries}{(info.PinPad ? ", keypad" : "")}{(info.WriteProtected ? ", write-protected" : "")}, generates {string.Join(' ', info.Generates)}";

    private static async Task<(bool Reached, string Text)> ReachAsync(string origin, IReadOnlyList<X509Certificate2> tlsAnchors, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(SiteLimit);
        try
        {
            using var http = new HttpClient(SiteTls.Handler(new Uri(origin), tlsAnchors, SiteLimit));
            using var answer = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, origin), limit.Token);
            return (true, $"answers ({(int)answer.StatusCode})");
        }
        catch (HttpRequestException e)
        {
            return (false, e.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (false, $"no answer in {SiteLimit.TotalSeconds:0} s");
        }
    }

    // A home directory's name is a person's name.
    private static string WithoutHome(string text)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 1 ? text.Replace(home, "~", StringComparison.Ordinal) : text;
    }

    private static bool Copy(string text)
    {
        foreach (var (program, arguments) in Clipboards)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true });
                process!.StandardInput.Write(text);
                process.StandardInput.Close();
                // These programs stay alive as owners of the clipboard, so only an early end says anything.
                if (!process.WaitForExit(TimeSpan.FromMilliseconds(300)) || process.ExitCode == 0)
                {
                    return true;
                }
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
            {
                // not installed
            }
        }

        return false;
    }
}
