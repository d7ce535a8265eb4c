namespace Rekey.Bench;

/// <summary>Processor time by step, in the order in which the steps first came.</summary>
internal sealed class StepClock
{
    private readonly Dictionary<string, double> totals = [];
    private readonly List<string> order = [];
    private double last;

    /// <summary>Begins a pass.</summary>
    public void Start() => last = Cpu.OwnMicroseconds();

    /// <summary>Ends a step.</summary>
    public void Lap(string step)
    {
        var now = Cpu.OwnMicroseconds();
        if (totals.TryAdd(step, 0))
        {
            order.Add(step);
        }

        totals[step] += now - last;
        last = Cpu.OwnMicroseconds();
    }

    /// <summary>Microseconds per pass.</summary>
    public IEnumerable<(string Step, double Microseconds)> PerPass(int passes) => order.Select(s => (s, totals[s] / passes));
}
