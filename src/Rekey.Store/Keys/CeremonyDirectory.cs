namespace Rekey.Store.Keys;

/// <summary>
/// A directory that a ceremony makes whole or not at all: beside the wanted one, for its owner only, renamed at the end, so that an
/// interrupted ceremony leaves no half of it. Whether the wanted one may be made is the caller's to refuse.
/// </summary>
public static class CeremonyDirectory
{
    /// <summary>Makes it.</summary>
    /// <param name="target">Absolute path; does not exist, or is empty.</param>
    /// <param name="make">Fills the directory whose path it gets.</param>
    public static T Make<T>(string target, Func<string, T> make)
    {
        var work = $"{target}.{Guid.NewGuid():N}";
        CreatePrivate(work);
        try
        {
            var made = make(work);
            if (Directory.Exists(target))
            {
                Directory.Delete(target);
            }

            Directory.Move(work, target);
            return made;
        }
        catch
        {
            Directory.Delete(work, recursive: true);
            throw;
        }
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
