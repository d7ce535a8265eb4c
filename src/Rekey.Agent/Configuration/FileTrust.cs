using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rekey.Agent.Configuration;

/// <summary>Who decides about a configuration file.</summary>
internal enum FileOwner
{
    /// <summary>The machine's administrator.</summary>
    Administrator,

    /// <summary>The user who runs the agent.</summary>
    Caller,
}

/// <summary>
/// Whose word a configuration file is. Judged on the open file, so that it cannot be exchanged between check and use. On Windows the
/// installer's directory under ProgramData carries the access list that decides, and a file that <c>--config</c> names is the caller's.
/// </summary>
internal static partial class FileTrust
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the descriptor itself
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const int StatxSize = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;

    /// <summary>Judges an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isInstalled">Whether it belongs to the configuration at the place of the installer.</param>
    /// <param name="fault">Why it cannot be trusted at all, in English, or null.</param>
    public static FileOwner Judge(SafeFileHandle file, bool isInstalled, out string? fault)
    {
        if (!OperatingSystem.IsLinux())
        {
            fault = null;
            return isInstalled ? FileOwner.Administrator : FileOwner.Caller;
        }

        Span<byte> stat = stackalloc byte[StatxSize];
        if (Statx(file, "", EmptyPath, BasicStats, ref MemoryMarshal.GetReference(stat)) != 0)
        {
            throw new IOException("statx");
        }

        return Judge(BitConverter.ToUInt32(stat[UidOffset..]), BitConverter.ToUInt16(stat[ModeOffset..]), EffectiveUser(), out fault);
    }

    /// <summary>The rule: root's or the caller's own, and writable by no one else.</summary>
    /// <param name="owner">Its owner's uid.</param>
    /// <param name="mode">Its mode bits.</param>
    /// <param name="caller">The uid that runs the agent.</param>
    /// <param name="fault">Why it cannot be trusted at all, or null.</param>
    public static FileOwner Judge(uint owner, ushort mode, uint caller, out string? fault)
    {
        const ushort WritableByOthers = 0x12; // S_IWGRP | S_IWOTH
        fault = owner != 0 && owner != caller ? "belongs to another user"
            : (mode & WritableByOthers) != 0 ? "is writable by others than its owner"
            : null;
        return owner == 0 ? FileOwner.Administrator : FileOwner.Caller;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, ref byte buffer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
