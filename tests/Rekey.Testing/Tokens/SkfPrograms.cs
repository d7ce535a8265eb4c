using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rekey.Testing.Tokens;

/// <summary>The C programs of <c>Shim</c> that call the software UKey, compiled for a variant of its interface.</summary>
public static class SkfPrograms
{
    private static readonly Lazy<string> Sources = new(Extract);
    private static readonly ConcurrentDictionary<(string Variant, string Files), Lazy<Task<string>>> Built = [];

    /// <summary>The header, as the programs include it.</summary>
    public static string Header => Path.Combine(Sources.Value, "skf.h");

    /// <summary>The program that calls every function.</summary>
    public static Task<string> DriveAsync(string variant) =>
        BuildAsync(variant, "drive-skf.c drive-skf-sm2.c drive-skf-rsa.c drive-skf-symmetric.c drive-skf-control.c");

    /// <summary>The program of small deeds.</summary>
    public static Task<string> ToolAsync(string variant) => BuildAsync(variant, "skf-tool.c");

    /// <summary>Runs the program of small deeds.</summary>
    /// <returns>Exit code, and what it printed, without the line's end.</returns>
    public static async Task<(int ExitCode, string Output)> RunToolAsync(SoftUKey key, params string[] arguments)
    {
        var (exitCode, output) = await Command.RunAsync(await ToolAsync(key.Variant), key.Variables, arguments);
        return (exitCode, output.TrimEnd('\n'));
    }

    /// <summary>Starts the program of small deeds; the caller ends it.</summary>
    public static async Task<Process> StartToolAsync(SoftUKey key, params string[] arguments)
    {
        var start = new ProcessStartInfo(await ToolAsync(key.Variant), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in key.Variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static Task<string> BuildAsync(string variant, string files) =>
        Built.GetOrAdd((variant, files), _ => new(() => CompileAsync(variant, files.Split(' ')))).Value;

    private static async Task<string> CompileAsync(string variant, string[] files)
    {
        var program = Path.Combine(Sources.Value, $"{Path.GetFileNameWithoutExtension(files[0])}-{variant}");
        string[] chosen = [.. variant.StartsWith("u64", StringComparison.Ordinal) ? ["-DSKF_ULONG64"] : Array.Empty<string>(), .. variant.EndsWith("natural", StringComparison.Ordinal) ? ["-DSKF_NATURAL"] : Array.Empty<string>()];
        var (exitCode, output) = await Command.RunAsync(
            "gcc",
            ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread", .. chosen, "-o", program, .. files.Select(f => Path.Combine(Sources.Value, f)), SoftUKey.Library]);
        return exitCode == 0 ? program : throw new InvalidOperationException($"{files[0]} does not build: {output}");
    }

    private static string Extract()
    {
        var directory = Directory.CreateTempSubdirectory("rekey-skf-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        var assembly = typeof(SkfPrograms).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.Contains("skf", StringComparison.Ordinal)))
        {
            using var embedded = assembly.GetManifestResourceStream(name)!;
            using var file = File.Create(Path.Combine(directory, name));
            embedded.CopyTo(file);
        }

        return directory;
    }
}
