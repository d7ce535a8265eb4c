using System.Diagnostics;

namespace Rekey.Testing.Tokens;

/// <summary>
/// The PKCS#11 library of <c>Shim/faulty-pkcs11.c</c> in front of SoftHSM2: any call can be made to fail, to lose its answer, to find the
/// token gone. The plan can change at any time and counts calls through all processes.
/// </summary>
public sealed class FaultyLibrary : IDisposable
{
    /// <summary>CKR_FUNCTION_FAILED: a fault that says nothing about its cause.</summary>
    public const uint FunctionFailed = 0x06;

    /// <summary>CKR_DEVICE_MEMORY.</summary>
    public const uint DeviceMemory = 0x31;

    private static readonly Lazy<string> Built = new(Build);

    private readonly string control = Directory.CreateTempSubdirectory("rekey-shim-").FullName;

    public static string Library => Built.Value;

    /// <summary>Variables that a process with the library needs, besides those of SoftHSM2.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string> { ["REKEY_SHIM_LIBRARY"] = SoftHsm.Library, ["REKEY_SHIM_CONTROL"] = control };

    /// <summary>Calls so far, by name, in order.</summary>
    public IReadOnlyList<string> Calls =>
        File.Exists(Path.Combine(control, "calls")) ? [.. File.ReadLines(Path.Combine(control, "calls")).Select(l => l.Split(' ')[1])] : [];

    /// <summary>Replaces the plan; its lines are explained in the source.</summary>
    public void Plan(params string[] lines)
    {
        // Renamed into place: a call never reads half a plan.
        var next = Path.Combine(control, "plan.next");
        File.WriteAllLines(next, lines);
        File.Move(next, Path.Combine(control, "plan"), overwrite: true);
    }

    /// <summary>No faults any more; a token that was removed is back.</summary>
    public void Heal() => File.Delete(Path.Combine(control, "plan"));

    public void Dispose() => Directory.Delete(control, recursive: true);

    private static string Build()
    {
        var directory = Directory.CreateTempSubdirectory("rekey-shim-lib-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        var (source, library) = (Path.Combine(directory, "faulty-pkcs11.c"), Path.Combine(directory, "libfaulty-pkcs11.so"));
        using (var embedded = typeof(FaultyLibrary).Assembly.GetManifestResourceStream("faulty-pkcs11.c")!)
        using (var file = File.Create(source))
        {
            embedded.CopyTo(file);
        }

        using var gcc = Process.Start("gcc", ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
        gcc.WaitForExit();
        return gcc.ExitCode == 0 ? library : throw new InvalidOperationException("the faulty library does not build");
    }
}
