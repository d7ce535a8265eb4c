using System.Diagnostics;
using System.Globalization;

namespace Rekey.Testing.Fuzz;

/// <summary>A reader of what comes from outside.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Seeds">Good inputs, which are mutated.</param>
/// <param name="Read">Reads an input; throws only what <paramref name="Refusals"/> names.</param>
/// <param name="Refusals">The exceptions by which it refuses.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Read, params Type[] Refusals)
{
    public override string ToString() => Name;
}

/// <summary>What came of fuzzing a reader.</summary>
/// <param name="Target">Which.</param>
/// <param name="Inputs">Inputs tried.</param>
/// <param name="Refused">Those that it refused.</param>
/// <param name="Findings">Other exceptions, slow or greedy inputs, each with its input in hex.</param>
internal sealed record FuzzResult(string Target, long Inputs, long Refused, IReadOnlyList<string> Findings);

/// <summary>Mutates good inputs and watches the reader: its exceptions, its time, its memory.</summary>
internal static class Fuzzer
{
    /// <summary>More than any input of this size may cost on a loaded machine.</summary>
    private static readonly TimeSpan SlowInput = TimeSpan.FromSeconds(5);

    /// <summary>A reader that has not come back after this time hangs.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private const long GreedyBytes = 256L * 1024 * 1024;
    private const int MostFindings = 10;
    private const int LongestQuoted = 400;

    /// <summary>Fuzzes one reader.</summary>
    /// <param name="target">Which.</param>
    /// <param name="time">How long.</param>
    /// <param name="seed">The same seed makes the same inputs.</param>
    public static FuzzResult Run(FuzzTarget target, TimeSpan time, int seed)
    {
        var state = new State(target, new Random(seed));
        // On a thread of its own, so that a reader that hangs is seen to.
        var work = new Thread(() => state.Work(time)) { IsBackground = true };
        work.Start();
        var last = 0L;
        while (!work.Join(work.IsAlive && time < Hang ? Hang + time : Hang))
        {
            if (state.Inputs == last)
            {
                return state.Result($"hangs at {Quote(state.Current)}");
            }

            last = state.Inputs;
        }

        return state.Result(null);
    }

    private static string Quote(byte[] input) => string.Create(
        CultureInfo.InvariantCulture, $"{input.Length} octets {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, LongestQuoted)))}");

    private sealed class State(FuzzTarget target, Random random)
    {
        private readonly List<string> findings = [];
        private long refused;

        public long Inputs { get; private set; }

        public byte[] Current { get; private set; } = [];

        public FuzzResult Result(string? more) => new(target.Name, Inputs, refused, more is null ? findings : [.. findings, more]);

        public void Work(TimeSpan time)
        {
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < time && findings.Count < MostFindings)
            {
                Current = Mutation.Of(target.Seeds, random);
                Try(Current);
                Inputs++;
            }
        }

        private void Try(byte[] input)
        {
            var (began, before) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                target.Read(input);
            }
            catch (Exception e) when (target.Refusals.Any(t => t.IsInstanceOfType(e)))
            {
                refused++;
            }
            catch (Exception e)
            {
                findings.Add($"{e.GetType().Name} at {Quote(input)}: {e}");
            }

            if (Stopwatch.GetElapsedTime(began) is var taken && taken > SlowInput)
            {
                findings.Add($"{taken.TotalSeconds:0.0} s for {Quote(input)}");
            }

            if (GC.GetAllocatedBytesForCurrentThread() - before is var allocated && allocated > GreedyBytes)
            {
                findings.Add($"{allocated} octets of memory for {Quote(input)}");
            }
        }
    }
}
