namespace Rekey.Ca.Ceremony;

/// <summary>A public file of the CA, as a running service replaces it.</summary>
internal static class PublicFile
{
    // Whatever the umask of whoever writes it: other users and hosts read it.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Puts content into a file by a rename: readers see the old or the new content, never half of one, also after a power loss.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var part = $"{path}.part";
        using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(part, Mode);
        }

        File.Move(part, path, overwrite: true);
    }
}
