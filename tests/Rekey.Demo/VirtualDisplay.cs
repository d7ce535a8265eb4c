using System.Diagnostics;

namespace Rekey.Demo;

/// <summary>An X display for as long as it is held: <c>xdg-open</c> starts handlers only where there is one.</summary>
internal sealed class VirtualDisplay : IAsyncDisposable
{
    private readonly Process? server;

    private VirtualDisplay(Process? server) => this.server = server;

    /// <summary>The desktop's own display, or one of Xvfb's.</summary>
    public static async Task<VirtualDisplay> EnsureAsync()
    {
        if (Environment.GetEnvironmentVariable("DISPLAY") is not null)
        {
            return new(null);
        }

        // Xvfb picks a free number and writes it to the descriptor that -displayfd names.
        var start = new ProcessStartInfo("Xvfb", ["-displayfd", "1", "-screen", "0", "1366x900x24", "-nolisten", "tcp"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = Process.Start(start)!;
        server.BeginErrorReadLine();
        var number = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Xvfb did not start");
        Environment.SetEnvironmentVariable("DISPLAY", $":{number}");
        return new(server);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }
    }
}
