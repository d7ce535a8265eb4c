using System.Globalization;
using System.Text.RegularExpressions;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Requests by programs that cost less than what they measure: wrk on kept connections, ab with one connection per request.</summary>
internal static partial class HttpLoad
{
    /// <summary>Answers per processor second of the serving process, and per second.</summary>
    public static async Task<(double PerCpu, double PerSecond)> WrkAsync(int processId, Uri address, string? bodyFile, string type, int seconds = 1)
    {
        var script = Path.Combine(Path.GetTempPath(), $"rekey-wrk-{Guid.NewGuid():N}.lua");
        await File.WriteAllTextAsync(script, bodyFile is null ? "" : $$"""
            local f = io.open("{{bodyFile}}", "rb")
            wrk.method = "POST"
            wrk.body = f:read("*a")
            wrk.headers["Content-Type"] = "{{type}}"
            f:close()
            """);
        try
        {
            var before = Cpu.Seconds(processId);
            var (exit, output) = await Command.RunAsync("wrk", "-t1", "-c16", $"-d{seconds}s", "-s", script, address.ToString());
            var used = Cpu.Seconds(processId) - before;
            if (exit != 0 || output.Contains("Non-2xx", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"wrk: {output}");
            }

            var match = WrkCount().Match(output);
            var count = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            return (count / used, count / seconds);
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>As <see cref="WrkAsync"/>, each request on a connection of its own.</summary>
    public static async Task<(double PerCpu, double PerSecond)> AbAsync(int processId, Uri address, string bodyFile, string type, int count)
    {
        var before = Cpu.Seconds(processId);
        var (exit, output) = await Command.RunAsync("ab", "-q", "-l", "-s", "10", "-c", "4", "-n", count.ToString(CultureInfo.InvariantCulture), "-p", bodyFile, "-T", type, address.ToString());
        var used = Cpu.Seconds(processId) - before;
        var complete = AbCount().Match(output);
        var rate = AbRate().Match(output);
        if (exit != 0 || !complete.Success || output.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"ab: {output}");
        }

        return (double.Parse(complete.Groups[1].Value, CultureInfo.InvariantCulture) / used, double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex WrkCount();

    [GeneratedRegex(@"Complete requests:\s+(\d+)")]
    private static partial Regex AbCount();

    [GeneratedRegex(@"Requests per second:\s+([\d.]+)")]
    private static partial Regex AbRate();
}
