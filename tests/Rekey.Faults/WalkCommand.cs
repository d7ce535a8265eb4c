using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Faults;

namespace Rekey.Faults;

/// <summary><c>./dev faults</c>: the random walk, and with <c>--every-call</c> every call to the token in its turn.</summary>
internal static class WalkCommand
{
    private const int DefaultRuns = 50;

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Renewals to disturb", DefaultValueFactory = _ => DefaultRuns };
        var seed = new Option<int?>("--seed") { Description = "Of the first renewal; each further one has the next" };
        var keys = new Option<string>("--keys") { Description = "Kind of the holders' keys", DefaultValueFactory = _ => AlgorithmSuite.P256.Name };
        keys.AcceptOnlyFromAmong(AlgorithmSuite.P256.Name, AlgorithmSuite.P384.Name, AlgorithmSuite.Rsa2048.Name);
        var token = new Option<string>("--token") { Description = "skf: SM2 pairs on software UKeys; else certificates on SoftHSM2, with --pairs pairs", DefaultValueFactory = _ => "pkcs11" };
        token.AcceptOnlyFromAmong("pkcs11", "skf");
        var pairs = new Option<bool>("--pairs") { Description = "With PKCS#11: pairs, with RSA-2048 encryption keys" };
        var everyCall = new Option<bool>("--every-call") { Description = "Instead of a walk: every call to the token removed, failed, and with its answer lost" };
        var verbose = new Option<bool>("--verbose") { Description = "Tell each renewal's story" };
        var command = new Command("faults", "Renewals under faults of token, network, servers, agent and calendar.") { runs, seed, keys, token, pairs, everyCall, verbose };
        command.SetAction(async (parsed, cancel) =>
        {
            var plan = parsed.GetValue(token) == "skf"
                ? new FaultPlan(AlgorithmSuite.Sm2, AlgorithmSuite.Sm2, Skf: true)
                : new FaultPlan(AlgorithmSuite.All.Single(s => s.Name == parsed.GetValue(keys)), parsed.GetValue(pairs) ? AlgorithmSuite.Rsa2048 : null);
            var began = Stopwatch.GetTimestamp();
            var first = parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000_000);
            Console.WriteLine(parsed.GetValue(everyCall) ? $"every call, {plan}" : $"seed {first}, {plan}");
            var result = parsed.GetValue(everyCall)
                ? await EveryCall.RunAsync(plan, cancel)
                : await new FaultWalk(plan, parsed.GetValue(verbose) ? Console.Out : null).RunAsync(parsed.GetValue(runs), first, cancel);
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
