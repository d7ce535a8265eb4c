using System.CommandLine;
using System.Security.Cryptography;
using Rekey.Ca.Configuration;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Keys;
using Rekey.Server.Commands;
using Rekey.Store.Backup;
using Rekey.Store.Schema;
using Rekey.Tokens;

namespace Rekey.Server;

/// <summary>The program's commands.</summary>
internal static class RekeyProgram
{
    private const int ConfigurationError = 78; // EX_CONFIG

    /// <summary>Runs one.</summary>
    /// <param name="arguments">As typed.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where complaints go.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Rekey: certificates on USB keys, renewed by their holders.")
        {
            ServeCommand.Create(), MigrateCommand.Create(), CaCommands.Create(), RaCommands.Create(), RaImportCommands.Takeover(), KmcCommands.Create(), AuditCommands.Create(),
            DoctorCommand.Create(),
        };
        foreach (var command in BackupCommands.Create())
        {
            root.Add(command);
        }

        try
        {
            return await root.Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        }
        catch (Exception e) when (e is ConfigurationException or ProblemException or StoreSchemaException or BackupException or PrivateKeyException
            or MalformedException or IOException or FormatException or CryptographicException or TokenException or UnsupportedKeyException)
        {
            await error.WriteLineAsync($"rekey: {((e as ProblemException)?.Problem is { } problem ? InFull(problem) : e.Message)}");
            return ConfigurationError;
        }
    }

    private static string InFull(Problem problem)
    {
        var english = System.Globalization.CultureInfo.GetCultureInfo("en");
        return $"{problem} {problem.Meaning(english)} {problem.Action(english)}";
    }
}
