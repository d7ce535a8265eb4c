using Rekey.SoftToken.Abi;

namespace Rekey.SoftToken.Sessions;

/// <summary>The handles of this process. Numbers are not given twice, so that an old one leads nowhere.</summary>
internal static class HandleTable
{
    private static readonly Dictionary<nuint, Handle> Open = [];
    private static nuint last = 0x1000;

    public static nuint Add(Handle handle)
    {
        lock (Open)
        {
            last += 0x10;
            Open[last] = handle;
            return last;
        }
    }

    /// <exception cref="SarException"><see cref="Sar.InvalidHandle"/> when it is not open, or stands for something else.</exception>
    public static T Get<T>(nuint number)
        where T : Handle
    {
        lock (Open)
        {
            return Open.TryGetValue(number, out var handle) && handle is T wanted ? wanted : throw new SarException(Sar.InvalidHandle);
        }
    }

    /// <summary>Closes a handle and all that were opened with it.</summary>
    public static void Close(Handle handle)
    {
        lock (Open)
        {
            foreach (var (number, gone) in Open.Where(h => IsOf(h.Value, handle)).ToList())
            {
                Open.Remove(number);
                gone.Close();
            }
        }
    }

    private static bool IsOf(Handle? handle, Handle ancestor)
    {
        while (handle is not null && handle != ancestor)
        {
            handle = handle.Parent;
        }

        return handle is not null;
    }
}
