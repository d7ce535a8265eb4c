using System.CommandLine;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ra.Cmp;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Store;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ra waiting</c>, <c>approve</c> and <c>refuse</c>: requests that a person decides about.</summary>
internal static class RaWaitingCommands
{
    public static Command Waiting()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("waiting", "Requests that wait for rekey ra approve or refuse.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            await using var services = await RaScope.OpenAsync(settings, cancel);
            var waiting = await Decide(services).ListAsync(OperatorScope.All, cancel);
            foreach (var w in waiting)
            {
                var asked = TimeZoneInfo.ConvertTime(w.ReceivedAt, settings.Ra.Institution.Zone()).ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
                parsed.Say($"{w.Reference}  {w.StableId}  {w.Name}");
                parsed.Say($"  profile  {w.Profile}\n  subject  {w.Subject}\n  asked    {asked}\n  key      {w.KeyType}  SHA-256 {Groups(w.SpkiSha256)}\n");
            }

            parsed.Say(waiting.Count == 0 ? "Nothing waits." : $"{waiting.Count} waiting.");
            return 0;
        });
        return command;
    }

    public static Command Approve()
    {
        var directory = CommonOptions.Directory();
        var reference = Reference();
        var command = new Command("approve", "Let the request of a reference go to the CA when its client asks next.") { directory, reference };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            var name = parsed.GetValue(reference)!;
            RequireDone(await Decide(services).ApproveAsync(name, OperatorScope.All, CaScope.Actor, cancel), name);
            parsed.Say($"Approved {name}.");
            return 0;
        });
        return command;
    }

    public static Command Refuse()
    {
        var directory = CommonOptions.Directory();
        var reference = Reference();
        var reason = new Option<string>("--reason") { Description = "Why; the client is told", DefaultValueFactory = _ => "refused by the registration authority" };
        var command = new Command("refuse", "Refuse the request of a reference, and close the reference.") { directory, reference, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            var text = parsed.GetValue(reason)!.Trim();
            if (text.Length is 0 or > DecideWaiting.MaxReason || text.Any(char.IsControl))
            {
                throw new ConfigurationException($"a reason is one line of 1 to {DecideWaiting.MaxReason} characters");
            }

            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            var name = parsed.GetValue(reference)!;
            RequireDone(await Decide(services).RefuseAsync(name, text, OperatorScope.All, CaScope.Actor, cancel), name);
            parsed.Say($"Refused {name}.");
            return 0;
        });
        return command;
    }

    private static Argument<string> Reference() => new("reference") { Description = "As rekey ra waiting shows it" };

    private static DecideWaiting Decide(IServiceProvider services) => new(
        services.GetRequiredService<IDbContextFactory<RaDbContext>>(), services.GetRequiredService<Acts<RaDbContext>>(), TimeProvider.System);

    private static void RequireDone(DecisionOutcome outcome, string reference)
    {
        var wrong = outcome switch
        {
            DecisionOutcome.Done => null,
            DecisionOutcome.NoReference => $"there is no reference {reference}",
            DecisionOutcome.NothingWaits => $"nothing waits under reference {reference}",
            DecisionOutcome.ApprovedBefore => $"the request of reference {reference} was approved before",
            _ => $"the request of reference {reference} was refused before",
        };
        if (wrong is not null)
        {
            throw new ConfigurationException(wrong);
        }
    }

    // As it is read out: sha256sum prints the same digits.
    private static string Groups(byte[] hash) => string.Join(' ', Convert.ToHexStringLower(hash).Chunk(4).Select(g => new string(g)));
}
