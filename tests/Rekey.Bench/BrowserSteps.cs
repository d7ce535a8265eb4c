using System.Diagnostics;
using System.Text.Json;

namespace Rekey.Bench;

/// <summary>A renewal by a holder: real browser, real agent, SoftHSM2. Driven by the headless demonstration, whose timeline is read.</summary>
internal static class BrowserSteps
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Context context) =>
    [
        .. await MeasureAsync(context, "P-256, SoftHSM2", "p256"),
        .. await MeasureAsync(context, "an SM2 pair, software UKey behind SKF", "sm2"),
    ];

    private static async Task<IReadOnlyList<Row>> MeasureAsync(Context context, string what, string algorithm)
    {
        List<double> totals = [];
        List<List<(string Name, double Ms)>> timelines = [];
        for (var i = 0; i < context.Of(2, 7); i++)
        {
            Context.Say($"renewal {i + 1} in the browser, {what}");
            var (total, timeline) = await OnceAsync(algorithm, context.Cancel);
            totals.Add(total);
            timelines.Add(timeline);
        }

        var fastest = timelines[totals.IndexOf(totals.Min())];
        List<Row> rows =
        [
            new Row($"click → done in the browser, {what}", FormattableString.Invariant($"{Blocks.Median(totals):0} ms (median), {totals.Min():0} ms (least)"))
            {
                Figure = Blocks.Median(totals) / 1000,
                Aim = 1.5,
                Below = true,
                Spread = $"{Blocks.Spread(totals, "0")} ms",
                Remark = "from the click on the last page before the work to the page that says it is done; dialog and PIN answered by a script at once; a server that has just started, so it compiles as it goes",
            },
        ];
        var before = 0.0;
        foreach (var (name, ms) in fastest)
        {
            rows.Add(new Row($"in the browser, {what}: {name}", FormattableString.Invariant($"{ms:0} ms")) { Remark = FormattableString.Invariant($"after the agent's attaching, fastest run; {ms - before:0} ms after the event before") });
            before = ms;
        }

        return rows;
    }

    private static async Task<(double ClickToDone, List<(string Name, double Ms)> Events)> OnceAsync(string algorithm, CancellationToken cancel)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "Rekey.Demo", "bin", "Release", "net10.0", "rekey-demo"));
        using var process = Process.Start(new ProcessStartInfo(program, ["--headless", "--lang", "en", "--algorithm", algorithm]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"the demonstration failed: {await errors}{await output}");
        }

        var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(".demo", "report", "timeline.json"), cancel)).RootElement;
        return (
            report.GetProperty("clickToDoneMs").GetDouble(),
            [.. report.GetProperty("events").EnumerateArray().Select(e => (e.GetProperty("name").GetString()!, e.GetProperty("ms").GetDouble()))]);
    }
}
