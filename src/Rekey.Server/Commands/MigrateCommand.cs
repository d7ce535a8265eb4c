using System.CommandLine;
using Rekey.Server.Serving;

namespace Rekey.Server.Commands;

/// <summary><c>rekey migrate</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("migrate", "Bring the stores to the schema of this version.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var app = ServerHost.BuildAll(parsed.Settings(directory), TimeProvider.System);
            await Migration.MigrateAsync(app.Services, cancel);
            return 0;
        });
        return command;
    }
}
