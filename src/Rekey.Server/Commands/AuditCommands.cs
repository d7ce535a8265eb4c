using System.CommandLine;
using Rekey.Ca.Store;
using Rekey.Kmc.Store;
using Rekey.Pki.Notes;
using Rekey.Ra.Store;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Server.Commands;

/// <summary><c>rekey audit export</c>, and <c>rekey audit verify</c>, which needs neither database nor network.</summary>
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
                parsed.Complain(finding.ToString());
            }

            parsed.Say($"{report.Entries} entries, {report.Checkpoints} checkpoints, {report.Erased} erased values: {(report.IsClean ? "intact" : "NOT intact")}");
            return report.IsClean ? 0 : 1;
        });
        return new Command("audit", "The audit logs.") { Export(), verify };
    }

    private static Command Export()
    {
        var directory = CaServiceCommands.Directory();
        var authority = new Option<string>("--authority") { Description = "Whose log", Required = true };
        authority.AcceptOnlyFromAmong("ra", "ca", "kmc");
        var file = new Argument<string>("file") { Description = "File to write; must not exist" };
        var export = new Command("export", "Write a whole log into a file, for verifying it elsewhere. The service may be running.") { directory, authority, file };
        export.SetAction(async (parsed, cancel) =>
        {
            var dir = parsed.GetValue(directory)!;
            await using var output = new FileStream(parsed.GetValue(file)!, FileMode.CreateNew, FileAccess.Write);
            if (parsed.GetValue(authority) == "ca")
            {
                await CaScope.RunAsync(dir, services => WriteAsync<CaDbContext>(parsed, services, output, cancel), cancel);
            }
            else if (parsed.GetValue(authority) == "kmc")
            {
                await KmcScope.RunAsync(ServerSettings.Load(Path.GetFullPath(dir)), services => WriteAsync<KmcDbContext>(parsed, services, output, cancel), cancel);
            }
            else
            {
                await using var services = await RaScope.OpenAsync(ServerSettings.Load(Path.GetFullPath(dir)), cancel);
                await WriteAsync<RaDbContext>(parsed, services, output, cancel);
            }

            return 0;
        });
        return export;
    }

    // Sequenced first, so that the export has what was committed before it began, also when no service runs.
    private static async Task WriteAsync<TContext>(ParseResult parsed, IServiceProvider services, Stream output, CancellationToken cancel)
        where TContext : AuthorityDbContext
    {
        var sequencer = services.GetRequiredService<AuditSequencer<TContext>>();
        while (await sequencer.RunOnceAsync(cancel) > 0)
        {
        }

        await services.GetRequiredService<AuditLog<TContext>>().ExportAsync(output, cancel);
        parsed.Say($"key {services.GetRequiredService<Acts<TContext>>().Trail.Options.VerifierKey}");
    }
}
