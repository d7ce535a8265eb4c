using System.Collections.Concurrent;

namespace Rekey.Testing.Faults;

/// <summary>
/// Every call to the token in a renewal disturbed once in each way: the token gone from it on, the call failing, the call done with its answer
/// lost. The number of calls is found by counting, so that none can be forgotten.
/// </summary>
internal static class EveryCall
{
    /// <summary>The ways, with the line of the plan for a call.</summary>
    public static IReadOnlyDictionary<string, Func<int, string, string>> Ways { get; } = new Dictionary<string, Func<int, string, string>>
    {
        ["token removed"] = (call, _) => $"remove {call}",
        ["token call fails"] = (call, code) => $"fail {call} {code}",
        ["token answer lost"] = (call, code) => $"lose {call} {code}",
    };

    /// <summary>All ways.</summary>
    public static async Task<WalkResult> RunAsync(FaultPlan plan, CancellationToken cancel)
    {
        var broken = new List<string>();
        var tried = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var way in Ways.Keys)
        {
            await using var site = await plan.StartAsync();
            var (calls, found) = await RunAsync(site, way, all: true, cancel);
            tried[way] = calls.Count;
            broken.AddRange(found);
        }

        var renewals = tried.Values.Sum();
        return new(renewals, 2 * renewals, tried.Values.Max(), 0, tried, broken);
    }

    /// <summary>One way.</summary>
    /// <param name="site">The institution.</param>
    /// <param name="way">Which.</param>
    /// <param name="all">Also lose the answers of calls that only look.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The calls of an undisturbed renewal, and everything that was broken.</returns>
    public static Task<(IReadOnlyList<string> Calls, IReadOnlyList<string> Broken)> RunAsync(FaultSite site, string way, bool all, CancellationToken cancel) =>
        RunAsync(site, Errand.Renewal, way, all, cancel);

    /// <summary>One way, for an errand.</summary>
    /// <param name="site">The institution.</param>
    /// <param name="errand">What the holders want.</param>
    /// <param name="way">Which.</param>
    /// <param name="all">Also lose the answers of calls that only look.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The calls of an undisturbed errand, and everything that was broken.</returns>
    public static async Task<(IReadOnlyList<string> Calls, IReadOnlyList<string> Broken)> RunAsync(FaultSite site, Errand errand, string way, bool all, CancellationToken cancel)
    {
        var (calls, looks, code) = await CountAsync(site, errand, cancel);
        var broken = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel };
        var tried = Enumerable.Range(1, calls.Count).Where(call => all || way != "token answer lost" || !looks[call - 1]);
        await Parallel.ForEachAsync(tried, options, async (call, c) =>
        {
            var plan = Ways[way](call, code);
            foreach (var found in await Trial.RunAsync(site, errand, $"{plan} {calls[call - 1]}", rig =>
            {
                rig.Key.Plan(plan);
                return rig.RunAsync(c);
            }, c))
            {
                broken.Enqueue(found);
            }
        });
        return (calls, [.. broken, .. await StoreInvariants.BrokenAsync(site.View())]);
    }

    private static async Task<(IReadOnlyList<string> Calls, IReadOnlyList<bool> Looks, string Code)> CountAsync(FaultSite site, Errand errand, CancellationToken cancel)
    {
        await using var rig = await errand.MakeAsync(site);
        var before = rig.Key.Calls.Count;
        return await rig.RunAsync(cancel) is { } problem
            ? throw new InvalidOperationException($"an undisturbed {errand.Name} ended with {problem}")
            : (rig.Key.Calls, [.. rig.Key.Calls.Select((call, n) => n < before || rig.Key.OnlyLooks(call))], rig.Key.Failure);
    }
}
