using System.Diagnostics.CodeAnalysis;
using Rekey.SoftToken.Abi;

namespace Rekey.SoftToken.Sessions;

/// <summary>
/// Lets one call at a time to a device, through all threads and processes, or all calls of the one handle that locked the device
/// (SKF_LockDev). The lock is on a file, so it goes when its process does.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "it lives as long as the process, which gives the lock back")]
internal sealed class Gate(string lockFile)
{
    /// <summary>How long a call waits for others: longer than any of theirs takes, an RSA key included.</summary>
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock inside = new();
    private FileStream? file;
    private object? owner;

    /// <summary>Enters for a call.</summary>
    /// <exception cref="SarException"><see cref="Sar.Timeout"/>.</exception>
    public void Enter(object caller) => Wait(caller, BusyLimit);

    public void Leave()
    {
        if (owner is null)
        {
            file!.Dispose();
            file = null;
        }

        inside.Exit();
    }

    /// <summary>Keeps the device for a handle, beyond the call.</summary>
    /// <param name="caller">The handle.</param>
    /// <param name="limit">How long to wait for others; null is for ever.</param>
    public void Lock(object caller, TimeSpan? limit)
    {
        Wait(caller, limit);
        owner = caller;
        Leave();
    }

    /// <returns>False when this handle had not locked it.</returns>
    public bool Unlock(object caller)
    {
        if (owner != caller)
        {
            return false;
        }

        inside.Enter();
        owner = null;
        Leave();
        return true;
    }

    private void Wait(object caller, TimeSpan? limit)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var pause = ShortestPause; !TryEnter(caller); pause = Min(pause * 2, LongestPause))
        {
            SarException.ThrowIf(limit is not null && TimeProvider.System.GetElapsedTime(began) >= limit, Sar.Timeout);
            Thread.Sleep(pause);
        }
    }

    private bool TryEnter(object caller)
    {
        if (!inside.TryEnter(LongestPause))
        {
            return false;
        }

        if (owner == caller || (owner is null && TryLockFile()))
        {
            return true;
        }

        inside.Exit();
        return false;
    }

    private bool TryLockFile()
    {
        try
        {
            file = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return true;
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return false; // another process is inside
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
