using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Tokens;

/// <summary>The real agent with a configuration of its own.</summary>
public sealed class AgentProcess : IDisposable
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(60);

    private static readonly string[] TrustAnchors = ["ca.pem"];

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-agent-").FullName;
    private readonly List<Process> started = [];

    public AgentProcess(SoftHsm softHsm, ScriptedPinentry pinentry, TestPki pki, string origin, string? library = null, IReadOnlyDictionary<string, string>? environment = null)
        : this(softHsm, pinentry, new string(PemEncoding.Write("CERTIFICATE", pki.Root.Der)), origin, library, environment)
    {
    }

    /// <summary>An agent that trusts the CA of a PEM text.</summary>
    public AgentProcess(SoftHsm softHsm, ScriptedPinentry pinentry, string root, string origin, string? library = null, IReadOnlyDictionary<string, string>? environment = null)
        : this(library ?? SoftHsm.Library, softHsm.Environment.Concat(environment ?? new Dictionary<string, string>()).ToDictionary(), pinentry, root, origin)
    {
    }

    /// <summary>An agent with any library.</summary>
    public AgentProcess(string library, IReadOnlyDictionary<string, string> environment, ScriptedPinentry pinentry, string root, string origin)
    {
        File.WriteAllText(Path.Combine(directory, "ca.pem"), root);
        WriteConfig(JsonSerializer.Serialize(new
        {
            origins = new[] { origin },
            trustAnchors = TrustAnchors,
            discoverModules = false,
            modules = new[] { new { library, environment } },
            pinentry = pinentry.Program,
        }));
    }

    /// <summary>The agent built beside the tests, or another build of it (the published one, which starts far sooner) that <c>REKEY_TEST_AGENT</c> names.</summary>
    public static string Program =>
        Environment.GetEnvironmentVariable("REKEY_TEST_AGENT") ?? Path.Combine(AppContext.BaseDirectory, "rekey-agent");

    public string ConfigFile => Path.Combine(directory, "agent.json");

    /// <summary>Replaces the configuration.</summary>
    public void WriteConfig(string json)
    {
        File.WriteAllText(ConfigFile, json);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(ConfigFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>Starts the agent as a browser does.</summary>
    public Process Launch(string uri) => Start("--uri", uri, "--config", ConfigFile);

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["LANG"] = "en_US.UTF-8";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        started.Add(process);
        return process;
    }

    /// <summary>Waits for its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> EndAsync(Process process)
    {
        using var limit = new CancellationTokenSource(ExitLimit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        Directory.Delete(directory, recursive: true);
    }
}
