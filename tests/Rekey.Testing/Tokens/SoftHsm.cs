using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Testing.Tokens;

/// <summary>
/// SoftHSM2 with a configuration and token directory of its own. The library reads its configuration from the environment once per
/// process, so tests reach it through a module host, as the product does.
/// </summary>
public sealed class SoftHsm : IDisposable
{
    public const string SoPin = "87654321";

    /// <summary>Chosen so that a search for it in files and requests finds only leaks.</summary>
    public const string Pin = "Pin-471108";

    private readonly string directory;
    private readonly bool temporary;

    public SoftHsm(string? keepIn = null)
    {
        temporary = keepIn is null;
        directory = keepIn ?? Directory.CreateTempSubdirectory("rekey-softhsm-").FullName;
        Directory.CreateDirectory(TokenDirectory);
        File.WriteAllText(ConfigurationFile, $"directories.tokendir = {TokenDirectory}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n");
    }

    /// <summary>Debian's library.</summary>
    public static string Library => "/usr/lib/softhsm/libsofthsm2.so";

    /// <summary>The agent, which hosts modules for the tests.</summary>
    public static HostProgram Host => new(AgentProcess.Program, "module-host");

    public static ReadOnlySpan<byte> PinBytes => "Pin-471108"u8;

    public string TokenDirectory => Path.Combine(directory, "tokens");

    public string ConfigurationFile => Path.Combine(directory, "softhsm2.conf");

    public Dictionary<string, string> Environment => new() { ["SOFTHSM2_CONF"] = ConfigurationFile };

    /// <summary>Makes a token with user PIN <see cref="Pin"/>; it shows after the module is loaded anew.</summary>
    public void AddToken(string label) =>
        Run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SoPin, "--pin", Pin);

    /// <summary>The same tokens with everything on them, in a directory of their own.</summary>
    public SoftHsm Copy()
    {
        var copy = new SoftHsm();
        foreach (var token in Directory.EnumerateDirectories(TokenDirectory))
        {
            var target = Directory.CreateDirectory(Path.Combine(copy.TokenDirectory, Path.GetFileName(token))).FullName;
            foreach (var file in Directory.EnumerateFiles(token))
            {
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }
        }

        return copy;
    }

    /// <summary>A module host on this SoftHSM2.</summary>
    public HostedModule Module(
        HostLimits? limits = null, string? library = null, IReadOnlyDictionary<string, string>? environment = null, HostProgram? host = null)
    {
        var all = Environment;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            all[name] = value;
        }

        return new(library ?? Library, all, host ?? Host, limits ?? HostLimits.Default, TimeProvider.System);
    }

    /// <summary>The module's one token, logged in.</summary>
    public static IToken LogIn(HostedModule module)
    {
        var token = module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
        token.Login(PinBytes);
        return token;
    }

    /// <summary>The identity of the token with that label.</summary>
    public TokenIdentity Identity(string label)
    {
        using var module = Module();
        return module.ListTokens().Single(t => t.Label == label).Identity;
    }

    /// <summary>Takes all tokens away, as if they were pulled out; for modules loaded afterwards.</summary>
    public void Unplug() => Directory.Move(TokenDirectory, TokenDirectory + ".out");

    /// <summary>The reverse of <see cref="Unplug"/>.</summary>
    public void Plug() => Directory.Move(TokenDirectory + ".out", TokenDirectory);

    /// <summary>Runs a tool on this SoftHSM2; what it prints.</summary>
    public string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, e) => errors.AppendLine(e.Data);
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}: {output}{errors}"));
    }

    public void Dispose()
    {
        if (temporary)
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
