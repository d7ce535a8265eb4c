using System.Runtime.CompilerServices;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Testing.Tokens;

/// <summary>The software UKey with a directory of its own, in which folders are devices. See <c>src/Rekey.SoftToken/README.md</c>.</summary>
public sealed class SoftUKey : IDisposable
{
    /// <summary>Chosen so that a search for it in files and requests finds only leaks.</summary>
    public const string Pin = "Pin-471108";

    private static readonly Lazy<string> Published = new(Publish);

    private readonly string directory;

    public static ReadOnlySpan<byte> PinBytes => "Pin-471108"u8;

    /// <param name="variant">Which binary interface its library has, for example <c>u64-natural</c>.</param>
    /// <param name="directory">Its directory; null: a temporary one.</param>
    public SoftUKey(string variant = "u32-pack1", string? directory = null)
    {
        this.directory = directory is null ? Directory.CreateTempSubdirectory("rekey-ukey-").FullName : Directory.CreateDirectory(directory).FullName;
        Variant = variant;
        File.WriteAllText(Path.Combine(this.directory, "abi"), variant);
    }

    /// <summary>The binary interface of its library.</summary>
    public string Variant { get; }

    /// <summary>The library that <c>REKEY_TEST_SOFTTOKEN</c> names; without it one is published, which takes a quarter of a minute.</summary>
    public static string Library => Environment.GetEnvironmentVariable("REKEY_TEST_SOFTTOKEN") ?? Published.Value;

    /// <summary>Variables that a process with the library needs.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["REKEY_SOFTTOKEN_DIR"] = directory };

    /// <summary>A fresh device, plugged in.</summary>
    public void AddDevice(string name) => Directory.CreateDirectory(Folder(name));

    /// <summary>A device with an application, whose user PIN is <see cref="Pin"/>.</summary>
    public async Task AddTokenAsync(string name)
    {
        AddDevice(name);
        var (exitCode, output) = await SkfPrograms.RunToolAsync(this, "format", name, Pin);
        if (exitCode != 0)
        {
            throw new InvalidOperationException(output);
        }
    }

    /// <summary>A module host on its library.</summary>
    /// <param name="profile">What the product is told about the library; null: nothing.</param>
    /// <param name="limits">How long its calls may take.</param>
    /// <param name="host">The program that hosts the library; null: the agent of the tests.</param>
    public HostedModule Module(string? profile = null, HostLimits? limits = null, HostProgram? host = null)
    {
        var variables = new Dictionary<string, string>(Variables);
        if (profile is not null)
        {
            variables["REKEY_SKF_PROFILE"] = profile;
        }

        return new(Library, variables, host ?? SoftHsm.Host, limits ?? HostLimits.Default, TimeProvider.System);
    }

    /// <summary>The module's one token, logged in.</summary>
    public static IToken LogIn(HostedModule module)
    {
        var token = module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
        token.Login(PinBytes);
        return token;
    }

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

    /// <summary>Calls to a device so far, by name, in order, since it has a control file.</summary>
    public IReadOnlyList<string> Calls(string device) =>
        File.Exists(Path.Combine(Folder(device), "calls")) ? [.. File.ReadLines(Path.Combine(Folder(device), "calls")).Select(l => l.Split(' ')[1])] : [];

    /// <summary>The same devices with everything on them, in a directory of their own; nobody uses them now.</summary>
    public SoftUKey Copy()
    {
        var copy = new SoftUKey(Variant);
        foreach (var device in Directory.EnumerateDirectories(directory))
        {
            copy.AddDevice(Path.GetFileName(device));
            foreach (var file in Directory.EnumerateFiles(device))
            {
                File.Copy(file, Path.Combine(copy.Folder(Path.GetFileName(device)), Path.GetFileName(file)));
            }
        }

        return copy;
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
