using Rekey.Agent.Configuration;
using Rekey.Tokens.Skf;

namespace Rekey.Agent.Modules;

/// <summary>Which PKCS#11 and SKF libraries this computer has.</summary>
internal static class ModuleDiscovery
{
    private static readonly string[] RegistrationDirectories = ["/usr/share/p11-kit/modules", "/etc/pkcs11/modules"];

    // Where p11-kit looks for a library that its registration names without a directory.
    private static readonly string[] LibraryDirectories =
    [
        "/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/lib/loongarch64-linux-gnu/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11",
    ];

    // Libraries that hold no user's keys: p11-kit's own view of trust anchors, and its proxy, which would show every token twice.
    private static readonly string[] NotTokens = ["p11-kit-trust", "p11-kit-proxy", "p11-kit-client"];

    private static readonly string[] LinuxPaths =
    [
        "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so", // OpenSC
        "/usr/lib/libeToken.so", // SafeNet eToken
        "/usr/lib/libcastle.so.1.0.0", "/usr/lib64/libcastle.so.1.0.0", // Feitian ePass2003
        "/usr/lib/WatchData/ProxKey/lib/libwdpkcs_SignatureP11.so", // Watchdata ProxKey
        "/usr/lib/x86_64-linux-gnu/libykcs11.so", "/usr/lib/aarch64-linux-gnu/libykcs11.so", // YubiKey
    ];

    private static readonly string[] WindowsNames = ["eTPKCS11.dll", "eps2003csp11.dll", "opensc-pkcs11.dll", "SignatureP11.dll"];

    /// <summary>The configured libraries, then those that the system registers, then known paths; each file once.</summary>
    public static IReadOnlyList<ModuleConfig> Find(AgentConfig config)
    {
        var found = new List<ModuleConfig>(config.Modules ?? []);
        if (config.DiscoverModules)
        {
            var paths = OperatingSystem.IsWindows()
                ? WindowsNames.Select(n => Path.Combine(Environment.SystemDirectory, n))
                : RegistrationDirectories.Where(Directory.Exists).SelectMany(d => Directory.EnumerateFiles(d, "*.module").Order()).Select(Registered).Concat(LinuxPaths);
            found.AddRange(paths.OfType<string>().Concat(SkfVendors.Libraries).Where(File.Exists).Select(p => new ModuleConfig(p)));
        }

        return [.. found.DistinctBy(m => RealPath(m.Library))];
    }

    /// <summary>The library that a p11-kit registration (pkcs11.conf(5)) names, or null when it is none for tokens.</summary>
    internal static string? Registered(string file)
    {
        string? library = null;
        foreach (var line in File.ReadLines(file))
        {
            var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            switch (parts)
            {
                case ["module", var value]:
                    library = value;
                    break;
                case ["trust-policy", "yes"] or ["enable-in", _]:
                    return null;
            }
        }

        if (string.IsNullOrEmpty(library) || NotTokens.Any(n => Path.GetFileName(library).StartsWith(n, StringComparison.Ordinal)))
        {
            return null;
        }

        return Path.IsPathRooted(library) ? library : LibraryDirectories.Select(d => Path.Combine(d, library)).FirstOrDefault(File.Exists);
    }

    private static string RealPath(string path) =>
        File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
}
