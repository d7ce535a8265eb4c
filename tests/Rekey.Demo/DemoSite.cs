using System.Diagnostics;
using System.Text.Json;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Demo;

/// <summary>The demonstration's institution, its server process, and the agent's configuration and registration.</summary>
internal sealed class DemoSite : IAsyncDisposable
{
    private readonly Process server;

    private DemoSite(Process server, Institution institution)
    {
        this.server = server;
        Institution = institution;
    }

    /// <summary>What was made.</summary>
    public Institution Institution { get; }

    /// <summary>The agent: the binary that users get.</summary>
    public static string Agent { get; } = Path.GetFullPath(Path.Combine("artifacts", "agent", "rekey-agent"));

    /// <summary>The agent's configuration.</summary>
    public static string AgentConfig { get; } = Path.Combine(DemoOptions.Directory, "agent.json");

    /// <summary>Makes the institution and starts its server.</summary>
    public static async Task<DemoSite> StartAsync(DemoOptions options, CancellationToken cancel)
    {
        foreach (var old in new[] { "institution", "report" })
        {
            var path = Path.Combine(DemoOptions.Directory, old);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }

        Directory.CreateDirectory(DemoOptions.Directory);
        var institution = await Institution.CreateAsync(
            new InstitutionPlan
            {
                Directory = Path.Combine(DemoOptions.Directory, "institution"),
                Portal = options.Portal,
                Publisher = DemoOptions.Publisher,
                Time = InstitutionPlan.Clock(options.ClockOffset),
                CaSuite = Pki.Algorithms.AlgorithmSuite.P256,
                NewKeys = options.Suite,
                Tokens = InstitutionPlan.DemoTokens(options.Suite),
                UKeys = InstitutionPlan.DemoUKeys,
                TlsCertificate = options.Https ? TlsFiles.Make() : null,
            },
            new HostProgram(Agent, "module-host"),
            cancel);
        WriteAgentConfig(options, institution);
        var server = StartServer(options, institution);
        var site = new DemoSite(server, institution);
        await site.WaitAsync(options, cancel);
        return site;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!server.HasExited)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }

        server.Dispose();
    }

    /// <summary>Completes when the server ends.</summary>
    public Task EndedAsync(CancellationToken cancel) => server.WaitForExitAsync(cancel);

    private static void WriteAgentConfig(DemoOptions options, Institution institution)
    {
        var config = new Dictionary<string, object>
        {
            ["origins"] = new[] { options.Portal.GetLeftPart(UriPartial.Authority) },
            ["trustAnchors"] = new[] { institution.RootsFile },
            ["discoverModules"] = false,
            ["clockOffsetSeconds"] = (long)options.ClockOffset.TotalSeconds,
            ["modules"] = new[]
            {
                new { library = SoftHsm.Library, environment = (IReadOnlyDictionary<string, string>)institution.Tokens.Environment },
                new { library = SoftUKey.Library, environment = institution.UKeys!.Variables },
            },
        };
        if (options.Https)
        {
            config["tlsAnchors"] = new[] { TlsFiles.Authority };
        }

        if (options.Headless)
        {
            config["pinentry"] = new ScriptedPinentry(["yes"], [SoftHsm.Pin], Path.Combine(DemoOptions.Directory, "pinentry")).Program;
        }

        File.WriteAllText(AgentConfig, JsonSerializer.Serialize(config, Indented));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(AgentConfig, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Process StartServer(DemoOptions options, Institution institution)
    {
        var start = new ProcessStartInfo(ServerProcess.Program, ["serve", "all", "--dir", institution.Directory])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (options.ServerDate is { } date)
        {
            start.ArgumentList.Add("--date");
            start.ArgumentList.Add(date);
        }

        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(DemoOptions.Directory, "server.log")) { AutoFlush = true });
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => log.WriteLine(e.Data);
        process.ErrorDataReceived += (_, e) => log.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitAsync(DemoOptions options, CancellationToken cancel)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var http = new HttpClient(handler);
        for (var i = 0; i < 200; i++)
        {
            if (server.HasExited)
            {
                break;
            }

            try
            {
                using var answer = await http.GetAsync(new Uri(options.Portal, "/CaUpdate/"), cancel);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, cancel);
            }
        }

        throw new InvalidOperationException(
            $"the server did not start; it said:\n{await File.ReadAllTextAsync(Path.Combine(DemoOptions.Directory, "server.log"), cancel)}");
    }
}
