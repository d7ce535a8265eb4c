using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Sessions;

/// <summary>Sees devices come and go, by looking: a folder has no interrupt.</summary>
internal static class DeviceWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly Lock Sync = new();
    private static Dictionary<string, int>? seen;
    private static volatile bool cancelled;

    /// <summary>From here on changes are events.</summary>
    public static void Begin()
    {
        lock (Sync)
        {
            seen ??= Look();
        }
    }

    public static void Cancel() => cancelled = true;

    /// <summary>Waits for the next event.</summary>
    /// <param name="take">Hands it to the caller; when that fails, the event stays the next.</param>
    public static void Wait(Action<string, uint> take)
    {
        Begin();
        cancelled = false;
        while (!cancelled)
        {
            lock (Sync)
            {
                if (Next() is var (name, plug))
                {
                    take(name, plug == 0 ? Sgd.EventOut : Sgd.EventIn);
                    seen![name] = plug;
                    return;
                }
            }

            Thread.Sleep(Pause);
        }

        throw new SarException(Sar.NotEvent);
    }

    // Pulled out and plugged in again between two looks are two events.
    private static (string Name, int Plug)? Next()
    {
        var now = Look();
        foreach (var (name, before) in seen!)
        {
            if (before != 0 && now.GetValueOrDefault(name) != before)
            {
                return (name, 0);
            }
        }

        foreach (var (name, plug) in now)
        {
            if (plug != 0 && seen.GetValueOrDefault(name) == 0)
            {
                return (name, plug);
            }
        }

        return null;
    }

    private static Dictionary<string, int> Look() => DeviceFolder.All().ToDictionary(d => d.Name, d => Call.IsHere(d) ? d.ReadControl().Plug : 0);
}
