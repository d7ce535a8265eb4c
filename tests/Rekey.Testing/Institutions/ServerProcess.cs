using System.Diagnostics;
using System.Text;

namespace Rekey.Testing.Institutions;

/// <summary>
/// A real <c>rekey serve …</c> as a process of the operating system, which can be killed as a power loss kills it and started again.
/// Ends with its disposal.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // A loaded machine starts several programs at once; who waits longer than this waits for nothing.
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(3);

    private readonly string[] arguments;
    private readonly StringBuilder output = new();
    private Process? process;

    private readonly IReadOnlyDictionary<string, string>? environment;

    private ServerProcess(string[] arguments, IReadOnlyDictionary<string, string>? environment) => (this.arguments, this.environment) = (arguments, environment);

    /// <summary>The program built beside the tests, or the published one (which starts sooner) that <c>REKEY_TEST_SERVER</c> names.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("REKEY_TEST_SERVER") ?? Path.Combine(AppContext.BaseDirectory, "rekey");

    /// <summary>Its process id.</summary>
    public int Id => process!.Id;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => process is { HasExited: false };

    /// <summary>Everything that it printed so far, over all its starts.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="part">What to serve: <c>all</c>, <c>ra</c>, <c>ca</c> or <c>publish</c>.</param>
    /// <param name="directory">Directory with its <c>rekey.yaml</c>.</param>
    /// <param name="environment">Variables added to its environment, at each start.</param>
    /// <exception cref="InvalidOperationException">It ended, or did not serve in time; the message has what it printed.</exception>
    public static async Task<ServerProcess> StartAsync(string part, string directory, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = new ServerProcess(["serve", part, "--dir", directory], environment);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after it was killed or stopped, and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not serve in time; the message has what it printed.</exception>
    public async Task StartAgainAsync()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException("it runs");
        }

        process?.Dispose();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Take(e.Data, ready);
        process.ErrorDataReceived += (_, e) => Take(e.Data, ready);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("it ended"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        try
        {
            await ready.Task.WaitAsync(ReadyLimit);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            throw new InvalidOperationException($"rekey {string.Join(' ', arguments)}: {e.Message}\n{Output}", e);
        }
    }

    /// <summary>Ends it without any warning to it (SIGKILL), as a power loss does. Nothing when it does not run.</summary>
    public async Task KillAsync()
    {
        if (IsRunning)
        {
            process!.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Asks it to end (SIGTERM) and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await Command.RunAsync("kill", "-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(ReadyLimit);
        await process!.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
    }

    private void Take(string? line, TaskCompletionSource ready)
    {
        if (line is null)
        {
            return;
        }

        lock (output)
        {
            output.AppendLine(line);
        }

        if (line.StartsWith("rekey serves ", StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }
}
