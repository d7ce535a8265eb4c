using System.Runtime.InteropServices;

namespace Rekey.SoftToken.Storage;

/// <summary>Files that are there whole or not at all, whenever the process is killed or the power fails.</summary>
internal static partial class DurableFile
{
    /// <summary>Replaces a file, readable to its owner alone.</summary>
    public static void Replace(string file, ReadOnlySpan<byte> content)
    {
        var next = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(next, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(file)!);
    }

    // The new name is safe once the directory is; the platform opens no directories.
    private static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(directory, 0);
        if (descriptor < 0)
        {
            throw new IOException("the device's folder cannot be opened");
        }

        var flushed = Fsync(descriptor);
        _ = Close(descriptor);
        if (flushed != 0)
        {
            throw new IOException("the device's folder cannot be written to disk");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
