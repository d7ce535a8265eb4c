namespace Rekey.Store.Jobs;

/// <summary>How a kind of job is done. Doing it twice must do no harm: a process can die between the work and its mark.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Every">For a recurring job: how often; null: rows are asked for one by one and done once.</param>
/// <param name="Run">Does it; gets the row's key.</param>
public sealed record JobDefinition(string Name, TimeSpan? Every, Func<string, CancellationToken, Task> Run)
{
    /// <summary>How long one run may take before another process takes over.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(5);
}
