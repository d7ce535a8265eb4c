using System.CommandLine;
using System.Globalization;
using Rekey.Server.Serving;
using Rekey.Server.Settings;

namespace Rekey.Server.Commands;

/// <summary><c>rekey serve all|ra|ca|kmc|publish</c>.</summary>
internal static class ServeCommand
{
    public static Command Create() => new("serve", "Run the service.")
    {
        Part("all", "All parts in one process: for trial and small sites.", (s, t) => ServerHost.BuildAll(s, t),
            s => $"all parts in one process at {Join(s.Listen)}, published at {s.Publish} (trial and small sites; see docs/operations.md)"),
        Part("ra", "RA and pages; the CA is on another host.", ServerHost.BuildRa, s => $"ra at {Join(s.Listen)}, its CA at {s.Upstream!.Address}"),
        Part("ca", "The CA alone, for RAs on other hosts.", ServerHost.BuildCa, s => $"ca at {s.Inner!.Listen}"),
        Part("kmc", "The key-management centre alone, for a CA on another host.", ServerHost.BuildKmc, s => $"kmc at {s.Inner!.Listen}"),
        Part("publish", "OCSP, CRLs and CA certificates, as a CA on another host pushes them.", ServerHost.BuildPublish, s => $"publish at {s.Publish}, pushed to at {s.Inner!.Listen}"),
    };

    internal static TimeProvider Clock(string? date) => date is null
        ? TimeProvider.System
        : new OffsetTimeProvider(DateTimeOffset.ParseExact(
            date, ["yyyy-MM-dd", "o"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) - TimeProvider.System.GetUtcNow());

    private static Command Part(string name, string description, Func<ServerSettings, TimeProvider, WebApplication> build, Func<ServerSettings, string> where)
    {
        var directory = CommonOptions.Directory();
        var date = new Option<string?>("--date") { Description = "Live at this date (yyyy-MM-dd): for demonstrations and rehearsals only" };
        var command = new Command(name, description) { directory, date };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            await using var app = build(settings, Clock(parsed.GetValue(date)));
            await Migration.RequireCurrentAsync(app.Services, cancel);
            await app.StartAsync(cancel);
            parsed.Say($"rekey serves {where(settings)}");
            await app.WaitForShutdownAsync(cancel);
            return 0;
        });
        return command;
    }

    private static string Join(IEnumerable<Uri> addresses) => string.Join(", ", addresses);
}
