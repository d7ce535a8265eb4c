using System.Diagnostics;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Host;

/// <summary>How a module host is started.</summary>
/// <param name="Program">The agent's executable.</param>
/// <param name="Arguments">Arguments before the library's path, for example <c>module-host</c>.</param>
public sealed record HostProgram(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>This process's own executable as module host.</summary>
    public static HostProgram Self()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("no executable");
        // Started as `dotnet rekey.dll`, the executable is the runtime's.
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? new(program, Environment.GetCommandLineArgs()[0], "module-host")
            : new(program, "module-host");
    }
}

/// <summary>
/// A module in a child process, started on first use. A library that crashes ends its child (<see cref="TokenFault.ModuleCrashed"/>),
/// one that hangs is ended (<see cref="TokenFault.ModuleTimedOut"/>); the next use of the module starts a new child, while tokens opened
/// in the old one stay closed. Not for use by several threads at once.
/// </summary>
/// <param name="library">Absolute path of the library.</param>
/// <param name="environment">Variables added to the child's environment.</param>
/// <param name="program">What to start.</param>
/// <param name="limits">How long a call may take.</param>
/// <param name="clock">Measures the limits.</param>
public sealed class HostedModule(
    string library, IReadOnlyDictionary<string, string> environment, HostProgram program, HostLimits limits, TimeProvider clock) : ITokenModule
{
    private ModuleProcess? process;

    /// <inheritdoc/>
    public string Name { get; } = Path.GetFileName(library);

    /// <inheritdoc/>
    public IReadOnlyList<TokenInfo> ListTokens() => [.. Running().Call(new ListTokensCall()).Reply.Tokens!.Select(FromHost)];

    /// <inheritdoc/>
    public IToken Open(TokenIdentity identity)
    {
        var running = Running();
        return new HostedToken(running, running.Call(new OpenCall(identity)).Reply.Token!.Value);
    }

    /// <summary>Ends the child, so that the next use starts the library afresh. After an unplug this is the one way that every vendor's library follows.</summary>
    public void Restart()
    {
        process?.Dispose();
        process = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Restart();

    internal static TokenInfo FromHost(HostTokenInfo info) => new(
        info.Identity,
        info.Label,
        info.Tries,
        info.TriesLeft,
        info.WriteProtected,
        info.PinPad,
        info.Formatted,
        info.FreeBytes,
        Suites(info.Generates),
        Suites(info.Imports))
    {
        Decrypts = info.Decrypts,
        PinRules = info.PinRules,
        PairsAreOfOneKind = info.PairsAreOfOneKind,
    };

    private static IReadOnlyList<AlgorithmSuite> Suites(IEnumerable<string> names) =>
        [.. names.Select(name => AlgorithmSuite.TryParse(name, out var suite) ? suite : null).OfType<AlgorithmSuite>()];

    private ModuleProcess Running()
    {
        if (process is not { HasEnded: false })
        {
            process?.Dispose();
            process = new(Start(), limits, clock);
        }

        return process;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(program.Program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false, CreateNoWindow = true };
        foreach (var argument in program.Arguments.Append(library))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new TokenException(TokenFault.ModuleCrashed, $"start {e.NativeErrorCode}", e);
        }
    }
}
