namespace Rekey.Bench;

/// <summary>What every benchmark is told.</summary>
/// <param name="Quick">Fewer rounds and smaller stores: the whole run in a few minutes.</param>
/// <param name="Cancel">Ends the run.</param>
internal sealed record Context(bool Quick, CancellationToken Cancel)
{
    /// <summary>How many: one number for a quick run, another for a full one.</summary>
    public int Of(int quick, int full) => Quick ? quick : full;

    /// <summary>Says on standard error what is going on.</summary>
    public static void Say(string text) => Console.Error.WriteLine($"  {text}");
}
