using System.Diagnostics;
using System.Text;

namespace Rekey.Testing;

/// <summary>A program at a terminal of its own, which <c>script</c> makes: for what asks a person. Ends with its disposal.</summary>
public sealed class Terminal : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly StringBuilder output = new();
    private readonly Process process;
    private readonly Task reading;

    public Terminal(params string[] command)
    {
        process = Process.Start(new ProcessStartInfo("script", ["-q", "-e", "-c", string.Join(' ', command), "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        reading = ReadAsync();
    }

    /// <summary>What it showed so far.</summary>
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

    /// <summary>Waits until it shows a text.</summary>
    /// <exception cref="InvalidOperationException">It ended without, or does not show it.</exception>
    public async Task UntilAsync(string text, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); !Output.Contains(text, StringComparison.Ordinal); await Task.Delay(50, cancel))
        {
            if (clock.Elapsed > Limit || (process.HasExited && reading.IsCompleted))
            {
                throw new InvalidOperationException($"no \"{text}\" in:\n{Output}");
            }
        }
    }

    /// <summary>Types, at once, as a pasted text comes, but no quicker than a person who has read the prompt.</summary>
    public async Task TypeAsync(string keys, CancellationToken cancel)
    {
        await Task.Delay(300, cancel);
        await process.StandardInput.WriteAsync(keys);
        await process.StandardInput.FlushAsync(cancel);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel);
        await reading;
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        await reading;
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[1024];
        while (await process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (output)
            {
                output.Append(buffer, 0, count);
            }
        }
    }
}
