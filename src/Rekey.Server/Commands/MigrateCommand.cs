using System.CommandLine;
using Rekey.Server.Serving;

namespace Rekey.Server.Commands;

/// <summary><c>rekey migrate</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("migrate", "Bring this host's stores to the schema of this version.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var stores = Migration.Stores(parsed.Settings(directory));
            await Migration.MigrateAsync(
                stores,
                (store, steps) => parsed.Say(steps.Count == 0 ? $"{store}: up to date." : $"{store}: {steps.Count} steps made, up to {steps[^1]}."),
                cancel);
            return 0;
        });
        return command;
    }
}
