using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Rekey.Bench;

/// <summary>The table, on the screen and in <c>bench.md</c> and <c>bench.json</c>.</summary>
internal sealed class BenchReport(bool quick)
{
    private static readonly string[] Heads = ["measure", "value", "floor or peer", "ratio or figure", "aim", "reached", "spread", "remark"];
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Benchmark, Row Row)> rows = [];
    private readonly List<string> failures = [];
    private readonly List<double> loads = [Load()];

    /// <summary>Whether a benchmark could not be run to its end.</summary>
    public bool Failed => failures.Count > 0;

    public void Add(string benchmark, IReadOnlyList<Row> more)
    {
        rows.AddRange(more.Select(r => (benchmark, r)));
        loads.Add(Load());
        foreach (var row in more)
        {
            Console.WriteLine(string.Join(" | ", row.Cells.Where(c => c.Length > 0)));
        }
    }

    public void Fail(string benchmark, string why) => failures.Add($"{benchmark}: {why}");

    public async Task WriteAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        var conditions = string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors ({Processor()}), {RuntimeInformation.FrameworkDescription}, load (1 min) {loads.Min():0.0} to {loads.Max():0.0}{(quick ? ", quick run" : "")}");
        var text = new StringBuilder().Append(conditions).Append("\n\n");
        AppendLine(text, Heads);
        AppendLine(text, [.. Heads.Select(_ => "---")]);
        foreach (var (_, row) in rows)
        {
            AppendLine(text, row.Cells);
        }

        foreach (var failure in failures)
        {
            text.Append("\nNot measured: ").Append(failure).Append('\n');
        }

        await File.WriteAllTextAsync(Path.Combine(directory, "bench.md"), text.ToString());
        await File.WriteAllTextAsync(Path.Combine(directory, "bench.json"), JsonSerializer.Serialize(
            new { conditions, quick, rows = rows.Select(r => new { r.Benchmark, r.Row.Measure, r.Row.Value, r.Row.Beside, r.Row.Figure, r.Row.Aim, r.Row.Below, r.Row.Reached, r.Row.Spread, r.Row.Remark }), failures },
            Json));
        Console.WriteLine();
        Console.WriteLine(text);
    }

    private static void AppendLine(StringBuilder text, string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Processor() => File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?";
}
