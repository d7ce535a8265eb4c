using System.Globalization;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// A seeded random walk: several disturbed runs of one renewal after each other, each with its own fault at its own call and messages
/// lost on either way, then one that is left alone. <c>REKEY_FAULT_RUNS</c> and <c>REKEY_FAULT_SEED</c> make it longer or repeat it.
/// </summary>
public sealed class FaultWalkTests(RenewalTemplate template) : IClassFixture<RenewalTemplate>
{
    private const int DefaultRuns = 12;

    /// <summary>A renewal has about 140 calls; a number above only means that this run is not disturbed.</summary>
    private const int MostCalls = 160;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_sequence_of_faults_ends_with_one_working_pair()
    {
        var runs = Setting("REKEY_FAULT_RUNS", DefaultRuns);
        var seed = Setting("REKEY_FAULT_SEED", Random.Shared.Next());
        var (broken, faults) = (new List<string>(), 0);
        for (var run = 0; run < runs; run++)
        {
            var random = new Random(seed + run);
            var story = new List<string>();
            await using var rig = await RenewalRig.CopyAsync(template);
            for (var disturbed = random.Next(1, 5); disturbed > 0; disturbed--, faults++)
            {
                var plan = Plan(random, rig.Library.Calls.Count);
                var lost = LoseMessages(random, rig.Bridge);
                rig.Library.Plan(plan);
                var problem = await rig.RunAsync(Cancel);
                rig.Library.Heal();
                story.Add($"[{plan}; {lost}: {problem?.ToString() ?? "finished"}]");
                broken.AddRange(rig.Broken(finished: problem is null).Select(b => $"seed {seed + run} {string.Concat(story)}: {b}"));
            }

            rig.Bridge.Before = rig.Bridge.After = null;
            var last = await rig.RunAsync(Cancel);
            broken.AddRange(rig.Broken(finished: true)
                .Append(last?.ToString())
                .Append(rig.Cmp.Issued.Count == 1 ? null : $"{rig.Cmp.Issued.Count} certificates")
                .Concat(rig.Bridge.Violations)
                .OfType<string>()
                .Select(b => $"seed {seed + run} {string.Concat(story)} at the end: {b}"));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{runs} renewals, {faults} disturbed runs, seed {seed}: {broken.Count} broken"));
        Assert.Empty(broken);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static string Plan(Random random, int callsSoFar)
    {
        var call = callsSoFar + random.Next(1, MostCalls);
        return random.Next(4) switch
        {
            0 => $"remove {call}",
            1 => $"fail {call} {FaultyLibrary.FunctionFailed}",
            2 => $"lose {call} {FaultyLibrary.FunctionFailed}",
            _ => $"crash {call}",
        };
    }

    private static string LoseMessages(Random random, BridgeDouble bridge)
    {
        var (number, answer) = (random.Next(1, 20), random.Next(2) == 0);
        var sent = 0;
        bool Pass(string path) => Interlocked.Increment(ref sent) != number;
        bridge.Before = answer ? null : Pass;
        bridge.After = answer ? Pass : null;
        return $"message {number} lost {(answer ? "after" : "before")} it was handled";
    }
}
