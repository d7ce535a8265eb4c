using System.Globalization;
using System.Runtime.InteropServices;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Processor time, which other people's load on the machine disturbs far less than wall time.</summary>
internal static partial class Cpu
{
    private const int ProcessClock = 2; // CLOCK_PROCESS_CPUTIME_ID

    /// <summary>Processor time of this process, in microseconds: the garbage collector's threads included.</summary>
    public static double OwnMicroseconds()
    {
        if (ClockGetTime(ProcessClock, out var time) != 0)
        {
            throw new InvalidOperationException("clock_gettime failed");
        }

        return (time.Seconds * 1e6) + (time.Nanoseconds / 1e3);
    }

    /// <summary>How often an operation of this process is done in a second of processor time.</summary>
    public static double PerSecond(int count, Action operation)
    {
        var before = OwnMicroseconds();
        for (var i = 0; i < count; i++)
        {
            operation();
        }

        return count * 1e6 / (OwnMicroseconds() - before);
    }

    /// <summary>Processor seconds of PostgreSQL; 0 for SQLite, whose work is the process's own.</summary>
    public static double DatabaseSeconds(StoreEngine engine) => engine == StoreEngine.Postgres ? Seconds(PrivatePostgres.ProcessId) : 0;

    /// <summary>Processor seconds of those children of this process that have ended.</summary>
    public static double ChildrenSeconds() => Stat("self")!.Waited;

    /// <summary>
    /// Processor seconds, user and system, of a process and of all below it, those that have ended and been waited for included.
    /// </summary>
    public static double Seconds(int processId)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName).Where(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(n => Stat(n!)).OfType<ProcessStat>().ToLookup(s => s.Parent);
        double Sum(int id) => children[id].Sum(c => c.Own + c.Waited + Sum(c.Id));
        return Stat(processId.ToString(CultureInfo.InvariantCulture)) is { } root ? root.Own + root.Waited + Sum(processId) : 0;
    }

    private static ProcessStat? Stat(string id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            double Ticks(int field) => double.Parse(fields[field], CultureInfo.InvariantCulture) / 100; // USER_HZ is 100 on every Linux
            return new(id == "self" ? Environment.ProcessId : int.Parse(id, CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), Ticks(11) + Ticks(12), Ticks(13) + Ticks(14));
        }
        catch (IOException)
        {
            return null; // it has just ended
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    private sealed record ProcessStat(int Id, int Parent, double Own, double Waited);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
