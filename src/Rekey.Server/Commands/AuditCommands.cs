using System.CommandLine;
using Rekey.Pki.Notes;
using Rekey.Store.Audit;

namespace Rekey.Server.Commands;

/// <summary><c>rekey audit verify</c>: needs neither database nor network.</summary>
internal static class AuditCommands
{
    public static Command Create()
    {
        var export = new Argument<string>("export") { Description = "The exported log" };
        var key = new Option<string>("--key") { Description = "The log's public key: name+id+base64", Required = true };
        var known = new Option<string[]>("--checkpoint") { Description = "Files with checkpoints that you kept from earlier", AllowMultipleArgumentsPerToken = true };
        var verify = new Command("verify", "Verify an exported audit log offline.") { export, key, known };
        verify.SetAction(parsed =>
        {
            using var file = File.OpenRead(parsed.GetValue(export)!);
            var notes = (parsed.GetValue(known) ?? []).Select(File.ReadAllText);
            var report = new AuditVerifier(NoteKey.Parse(parsed.GetValue(key)!), notes).Verify(file);
            foreach (var finding in report.Findings)
            {
                Console.Error.WriteLine(finding);
            }

            Console.WriteLine($"{report.Entries} entries, {report.Checkpoints} checkpoints, {report.Erased} erased values: {(report.IsClean ? "intact" : "NOT intact")}");
            return report.IsClean ? 0 : 1;
        });
        return new Command("audit", "The audit log.") { verify };
    }
}
