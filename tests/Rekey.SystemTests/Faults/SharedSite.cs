using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>A whole institution for a class of tests, and at its end one look at all that they left in its stores.</summary>
public sealed class SharedSite : IAsyncLifetime
{
    internal FaultSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Site = await FaultSite.StartAsync();

    public async ValueTask DisposeAsync() => await Site.DisposeAsync();

    /// <summary>Runs trials at the same time, as many as there are processors; everything that was broken in them and after them.</summary>
    internal async Task<IReadOnlyList<string>> RunAllAsync(IEnumerable<int> cases, Func<int, CancellationToken, Task<IReadOnlyList<string>>> trial, CancellationToken cancel)
    {
        var broken = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel }, async (number, c) =>
        {
            foreach (var found in await trial(number, c))
            {
                broken.Enqueue(found);
            }
        });
        return [.. broken, .. await StoreInvariants.BrokenAsync(Site.View())];
    }
}
