using System.CommandLine;
using Rekey.Server.Diagnosis;

namespace Rekey.Server.Commands;

/// <summary><c>rekey doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("doctor", "Check settings, files, keys, stores, certificates and clock of this host. Ends with 1 when something is red.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            var findings = await new Doctor(Path.GetFullPath(parsed.GetValue(directory)!), TimeProvider.System).RunAsync(cancel);
            foreach (var finding in findings)
            {
                parsed.Say(finding.ToString());
            }

            var red = findings.Count(f => f.Mark == Mark.Red);
            parsed.Say($"{findings.Count} checks, {findings.Count(f => f.Mark == Mark.Warn)} warnings, {red} red");
            return red == 0 ? 0 : 1;
        });
        return command;
    }
}
