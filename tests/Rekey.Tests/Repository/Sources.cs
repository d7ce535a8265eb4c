using System.Runtime.CompilerServices;

namespace Rekey.Tests.Repository;

/// <summary>The files of this repository, for tests that read them.</summary>
internal static class Sources
{
    private static readonly string[] NotOurs = ["bin", "obj", "artifacts", ".demo", ".git", "node_modules", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>All files with one of the endings, relative to the root, with slashes.</summary>
    public static IReadOnlyList<string> Files(params string[] endings) =>
        [.. Walk(Root).Select(f => Path.GetRelativePath(Root, f)).Where(f => endings.Length == 0 || endings.Any(e => f.EndsWith(e, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFiles(directory).Concat(Directory.EnumerateDirectories(directory).Where(d => !NotOurs.Contains(Path.GetFileName(d))).SelectMany(Walk));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var directory = File.Exists(here) ? new FileInfo(here).Directory : new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Rekey.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Rekey.slnx is in no directory above the tests");
    }
}
