using Rekey.Server;

namespace Rekey.Testing.Institutions;

/// <summary>
/// <c>rekey …</c> as an administrator types it, without the second or two that a process of its own takes to start. What is about the
/// process itself runs <see cref="ServerProcess.Program"/>.
/// </summary>
public static class RekeyCommand
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Exit code, and standard output and error together.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await RekeyProgram.RunAsync(arguments, output, error);
        return (code, $"{output}{error}");
    }
}
