namespace Rekey.Tokens.Skf;

/// <summary>A vendor's library: where it lies, and in what it differs from what is found out by itself.</summary>
/// <param name="Product">For people.</param>
/// <param name="LinuxPaths">Where its packages for Linux put it.</param>
/// <param name="WindowsNames">Its file in the system directory, or a path below a program directory.</param>
/// <param name="Profile">As <c>REKEY_SKF_PROFILE</c> has it; empty when nothing is known to differ.</param>
internal sealed record SkfVendor(string Product, IReadOnlyList<string> LinuxPaths, IReadOnlyList<string> WindowsNames, string Profile = "");

/// <summary>
/// The vendors' libraries that are known. Names and paths are from public configurations of other software; none of these libraries but our
/// own has been tried here, and of their PINs only is known what the standard says.
/// </summary>
public static class SkfVendors
{
    private static readonly SkfVendor[] Known =
    [
        new(
            "Longmai mToken GM3000",
            ["/opt/lm-gm3000/lib/libgm3000.1.0.so", "/opt/apps/com.longmai.gm3000user/files/lib/libgm3000.1.0.so"],
            ["mtoken_gm3000.dll", "GM3000/mtoken_gm3000.dll"]),
        new("Feitian ePass3000GM", [], ["ShuttleCsp11_3000GM.dll"]),
        new("Rekey's software UKey", ["/usr/local/lib/librekey-softtoken.so"], [], "pin=6-16"),
    ];

    /// <summary>Paths on this system where a library may lie.</summary>
    public static IEnumerable<string> Libraries => OperatingSystem.IsWindows()
        ? from vendor in Known
          from name in vendor.WindowsNames
          from directory in new[] { Environment.SystemDirectory, Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86) }
          select Path.Combine(directory, name)
        : Known.SelectMany(v => v.LinuxPaths);

    /// <summary>The profile of a library, by the name of its file.</summary>
    internal static string ProfileOf(string path) =>
        Known.FirstOrDefault(v => v.LinuxPaths.Concat(v.WindowsNames).Any(p => Path.GetFileName(p).Equals(Path.GetFileName(path), StringComparison.OrdinalIgnoreCase)))?.Profile ?? "";
}
