using System.CommandLine;
using System.Globalization;
using Rekey.Server.Serving;

namespace Rekey.Server.Commands;

/// <summary><c>rekey serve all</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var directory = CommonOptions.Directory();
        var date = new Option<string?>("--date") { Description = "Live at this date (yyyy-MM-dd): for demonstrations and rehearsals only" };
        var all = new Command("all", "All parts in one process: for trial and small sites.") { directory, date };
        all.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            var time = Clock(parsed.GetValue(date));
            await using var app = ServerHost.BuildAll(settings, time);
            await Migration.RequireCurrentAsync(app.Services, cancel);
            await app.StartAsync(cancel);
            Console.WriteLine($"rekey serves all parts in one process at {string.Join(", ", settings.Listen)} (trial and small sites; see docs/architecture.md)");
            await app.WaitForShutdownAsync(cancel);
            return 0;
        });
        return new Command("serve", "Run the service.") { all };
    }

    internal static TimeProvider Clock(string? date) => date is null
        ? TimeProvider.System
        : new OffsetTimeProvider(DateTimeOffset.ParseExact(
            date, ["yyyy-MM-dd", "o"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) - TimeProvider.System.GetUtcNow());
}
