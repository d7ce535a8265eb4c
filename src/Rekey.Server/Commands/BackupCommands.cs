using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Store.Backup;

namespace Rekey.Server.Commands;

/// <summary><c>rekey backup</c> and <c>rekey restore</c>: the stores. Keys and settings are files; copy the directory for them.</summary>
internal static class BackupCommands
{
    public static IEnumerable<Command> Create()
    {
        yield return Make("backup", "Back up the stores of a running service into a new directory.", async (parsed, settings, target, cancel) =>
        {
            System.IO.Directory.CreateDirectory(target);
            foreach (var (schema, store) in Stores(settings))
            {
                await StoreBackup.BackUpAsync(store, schema, Path.Combine(target, $"{schema}.backup"), cancel);
                parsed.Say($"{schema}: backed up");
            }
        });
        yield return Make("restore", "Restore the stores of a stopped service from a backup's directory.", async (parsed, settings, target, cancel) =>
        {
            foreach (var (schema, store) in Stores(settings))
            {
                await StoreBackup.RestoreAsync(store, schema, Path.Combine(target, $"{schema}.backup"), cancel);
                parsed.Say($"{schema}: restored");
            }
        });
    }

    private static Command Make(string name, string description, Func<ParseResult, ServerSettings, string, CancellationToken, Task> act)
    {
        var directory = CommonOptions.Directory();
        var target = new Argument<string>("directory") { Description = "The backup's directory" };
        var command = new Command(name, description) { directory, target };
        command.SetAction(async (parsed, cancel) =>
        {
            await act(parsed, parsed.Settings(directory), Path.GetFullPath(parsed.GetValue(target)!), cancel);
            return 0;
        });
        return command;
    }

    private static IEnumerable<(string Schema, StoreOptions Store)> Stores(ServerSettings settings)
    {
        if (settings.HasRa)
        {
            yield return ("ra", settings.RaStore);
        }

        if (settings.CaDirectory is { } ca)
        {
            yield return ("ca", CaSettings.Load(ca).Store);
        }

        if (settings.Kmc is { } kmc)
        {
            yield return ("kmc", kmc.Store);
        }
    }
}
