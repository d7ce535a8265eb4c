using System.Runtime.CompilerServices;

namespace Rekey.Testing.Tokens;

/// <summary>The software UKey with a directory of its own, in which folders are devices. See <c>src/Rekey.SoftToken/README.md</c>.</summary>
public sealed class SoftUKey : IDisposable
{
    private static readonly Lazy<string> Published = new(Publish);

    private readonly string directory = Directory.CreateTempSubdirectory("rekey-ukey-").FullName;

    /// <param name="variant">Which binary interface its library has, for example <c>u64-natural</c>.</param>
    public SoftUKey(string variant = "u32-pack1") => File.WriteAllText(Path.Combine(directory, "abi"), variant);

    /// <summary>The library that <c>REKEY_TEST_SOFTTOKEN</c> names; without it one is published, which takes a quarter of a minute.</summary>
    public static string Library => Environment.GetEnvironmentVariable("REKEY_TEST_SOFTTOKEN") ?? Published.Value;

    /// <summary>Variables that a process with the library needs.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["REKEY_SOFTTOKEN_DIR"] = directory };

    /// <summary>A fresh device, plugged in.</summary>
    public void AddDevice(string name) => Directory.CreateDirectory(Folder(name));

    /// <summary>A device's folder.</summary>
    public string Folder(string name) => Path.Combine(directory, name);

    /// <summary>Replaces a device's control file.</summary>
    public void Control(string device, params string[] lines)
    {
        // Renamed into place: a call never reads half of it.
        var next = Path.Combine(Folder(device), "control.next");
        File.WriteAllLines(next, lines);
        File.Move(next, Path.Combine(Folder(device), "control"), overwrite: true);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static string Publish()
    {
        var output = Directory.CreateTempSubdirectory("rekey-ukey-lib-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(output, recursive: true);
        var (exitCode, said) = Command.RunAsync("dotnet", "publish", Project(), "-c", "Release", "-r", "linux-x64", "-o", output, "--verbosity", "quiet").GetAwaiter().GetResult();
        return exitCode == 0 ? Path.Combine(output, "librekey-softtoken.so") : throw new InvalidOperationException($"the software UKey cannot be published: {said}");
    }

    private static string Project([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Rekey.SoftToken");
}
