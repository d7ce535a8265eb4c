using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Faults;

namespace Rekey.Faults;

/// <summary><c>./dev faults</c>: the random walk, and with <c>--every-call</c> every PKCS#11 call in its turn.</summary>
internal static class WalkCommand
{
    private const int DefaultRuns = 50;

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Renewals to disturb", DefaultValueFactory = _ => DefaultRuns };
        var seed = new Option<int?>("--seed") { Description = "Of the first renewal; each further one has the next" };
        var keys = new Option<string>("--keys") { Description = "Kind of the holders' keys", DefaultValueFactory = _ => AlgorithmSuite.P256.Name };
        keys.AcceptOnlyFromAmong(AlgorithmSuite.P256.Name, AlgorithmSuite.P384.Name, AlgorithmSuite.Rsa2048.Name);
        var everyCall = new Option<bool>("--every-call") { Description = "Instead of a walk: every PKCS#11 call removed, failed, and with its answer lost" };
        var verbose = new Option<bool>("--verbose") { Description = "Tell each renewal's story" };
        var command = new Command("faults", "Renewals under faults of token, network, servers, agent and calendar.") { runs, seed, keys, everyCall, verbose };
        command.SetAction(async (parsed, cancel) =>
        {
            var suite = AlgorithmSuite.All.Single(s => s.Name == parsed.GetValue(keys));
            var began = Stopwatch.GetTimestamp();
            var first = parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000_000);
            Console.WriteLine(parsed.GetValue(everyCall) ? $"every call, {suite.Name}" : $"seed {first}, {suite.Name}");
            var result = parsed.GetValue(everyCall)
                ? await EveryCall.RunAsync(suite, cancel)
                : await new FaultWalk(suite, parsed.GetValue(verbose) ? Console.Out : null).RunAsync(parsed.GetValue(runs), first, cancel);
            return Report(result, Stopwatch.GetElapsedTime(began));
        });
        return command;
    }

    private static int Report(WalkResult result, TimeSpan time)
    {
        foreach (var broken in result.Broken)
        {
            Console.WriteLine($"BROKEN {broken}");
        }

        foreach (var (kind, count) in result.Tried)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,8}  {kind}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Renewals} renewals, {result.Visits} visits, {result.Calls} token calls, {result.Messages} messages × {result.Tried.Values.Sum()} faults in {time.TotalSeconds:0} s: {result.Broken.Count} broken"));
        return result.Broken.Count == 0 ? 0 : 1;
    }
}
