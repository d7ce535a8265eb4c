using System.CommandLine;
using System.Globalization;
using Rekey.Testing.Fuzz;

namespace Rekey.Faults;

/// <summary><c>./dev fuzz</c>: every reader of foreign input for a while.</summary>
internal static class FuzzCommand
{
    private const int DefaultSeconds = 10;

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "For each reader", DefaultValueFactory = _ => DefaultSeconds };
        var seed = new Option<int?>("--seed") { Description = "The same seed makes the same inputs" };
        var only = new Option<string?>("--only") { Description = "Only readers whose name contains this" };
        var command = new Command("fuzz", "Mutated input for every parser.") { seconds, seed, only };
        command.SetAction(parsed =>
        {
            var first = parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000_000);
            Console.WriteLine($"seed {first}");
            var findings = 0;
            var targets = FuzzTargets.All.Where(t => parsed.GetValue(only) is not { } name || t.Name.Contains(name, StringComparison.Ordinal)).ToList();
            foreach (var target in targets)
            {
                var result = Fuzzer.Run(target, TimeSpan.FromSeconds(parsed.GetValue(seconds)), first);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{result.Target,-28} {result.Inputs,12} inputs {result.Refused,12} refused {result.Findings.Count,4} findings"));
                result.Findings.ToList().ForEach(Console.WriteLine);
                findings += result.Findings.Count;
            }

            Console.WriteLine($"{targets.Count} readers: {findings} findings");
            return findings == 0 && targets.Count > 0 ? 0 : 1;
        });
        return command;
    }
}
