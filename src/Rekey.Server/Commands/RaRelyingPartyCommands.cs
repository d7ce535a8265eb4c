using System.CommandLine;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Store;
using Rekey.Server.Settings;
using Rekey.Store;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ra relying-party</c> and <c>needed-until</c>: business systems that need holders' old encryption keys, and until when.</summary>
internal static class RaRelyingPartyCommands
{
    public static Command RelyingParty() => new("relying-party", "Business systems that say until when old encryption keys are needed.")
    {
        Add(), List(), Credential(), Disable(),
    };

    /// <summary>The dates of a certificate.</summary>
    public static Command NeededUntil()
    {
        var directory = CommonOptions.Directory();
        var subscriber = new Option<string?>("--subscriber") { Description = "Stable identifier of the subscriber" };
        var serial = new Option<string?>("--serial") { Description = "Serial number of the certificate, hex" };
        var command = new Command("needed-until", "Who needs the key of a certificate for decryption, and until when.") { directory, subscriber, serial };
        command.SetAction(async (parsed, cancel) =>
        {
            var (stableId, number) = (parsed.GetValue(subscriber), parsed.GetValue(serial)?.ToUpperInvariant());
            if (stableId is null == number is null)
            {
                throw new ConfigurationException("either --subscriber or --serial says which certificates");
            }

            var settings = parsed.Settings(directory);
            await using var services = await RaScope.OpenAsync(settings, cancel);
            await using var db = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(cancel);
            var today = Today(settings);
            var needs = await db.KeyNeeds.AsNoTracking().Include(n => n.RelyingParty).Include(n => n.Certificate.Subscriber)
                .Where(n => stableId != null ? n.Certificate.Subscriber.StableId == stableId : n.Certificate.Serial == number || db.Certificates.Any(s => s.Id == n.Certificate.PairOfId && s.Serial == number))
                .OrderBy(n => n.CertificateId).ThenByDescending(n => n.Until).ToListAsync(cancel);
            foreach (var need in needs)
            {
                parsed.Say($"{Iso(need.Until)}{(need.Until < today ? " passed" : "")}  {need.RelyingParty.Name}  {need.Reference}  {need.Reason}");
                parsed.Say($"  certificate {need.Certificate.Serial}  {need.Certificate.State}  {need.Certificate.Subscriber.StableId}{Released(need)}");
            }

            parsed.Say(needs.Count == 0 ? "Nobody has registered a date." : $"{needs.Count(n => n.Until >= today)} not passed.");
            return 0;
        });
        return command;
    }

    private static Command Add()
    {
        var (directory, name) = (CommonOptions.Directory(), Name());
        var command = new Command("add", "Add one; its credential is shown once.") { directory, name };
        command.SetAction(async (parsed, cancel) =>
        {
            var wanted = parsed.GetValue(name)!;
            if (!PlainLine.IsName(wanted))
            {
                throw new ConfigurationException($"a name is one line of 1 to {PlainLine.MostOfName} characters, without | [ ]");
            }

            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            Show(parsed, await Parties(services).AddAsync(wanted, CaScope.Actor, cancel) ?? throw new ConfigurationException($"there is a relying party {wanted} already"));
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("list", "All of them.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            await using var services = await RaScope.OpenAsync(settings, cancel);
            var parties = await Parties(services).ListAsync(Today(settings), cancel);
            foreach (var (party, dates) in parties)
            {
                var state = party.DisabledAt is { } since ? $"disabled since {Iso(Day(since, settings))}" : $"credential of {Iso(Day(party.CredentialMadeAt, settings))}";
                parsed.Say($"{party.Name}  {state}  {dates} dates not passed");
            }

            parsed.Say($"{parties.Count} relying parties.");
            return 0;
        });
        return command;
    }

    private static Command Credential()
    {
        var (directory, name) = (CommonOptions.Directory(), Name());
        var command = new Command("credential", "Make a new credential, shown once; the old one is void. A disabled relying party is let in again.") { directory, name };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            Show(parsed, await Parties(services).NewCredentialAsync(parsed.GetValue(name)!, CaScope.Actor, cancel) ?? throw Unknown(parsed.GetValue(name)!));
            return 0;
        });
        return command;
    }

    private static Command Disable()
    {
        var (directory, name) = (CommonOptions.Directory(), Name());
        var withdraw = new Option<bool>("--withdraw-dates") { Description = "Withdraw its dates, too; without it they count until they pass" };
        var command = new Command("disable", "Let one in no more.") { directory, name, withdraw };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            if (!await Parties(services).DisableAsync(parsed.GetValue(name)!, parsed.GetValue(withdraw), CaScope.Actor, cancel))
            {
                throw Unknown(parsed.GetValue(name)!);
            }

            parsed.Say($"Disabled {parsed.GetValue(name)}{(parsed.GetValue(withdraw) ? ", its dates are withdrawn" : ". Its dates count until they pass")}.");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "As holders know it: the portal shows it" };

    private static void Show(ParseResult parsed, string credential) =>
        parsed.Say($"credential  {credential}\n\nIt is shown this once. The relying party sends it as: Authorization: Bearer … (docs/relying-parties.md)");

    private static ConfigurationException Unknown(string name) => new($"there is no relying party {name}");

    private static RelyingParties Parties(IServiceProvider services) => new(
        services.GetRequiredService<IDbContextFactory<RaDbContext>>(), services.GetRequiredService<Acts<RaDbContext>>(), TimeProvider.System);

    private static string Released(KeyNeed need) => need.Certificate is { State: Ra.Subscribers.CertificateState.Superseded, KeyReleasedAt: { } at } ? $"  key released {at:yyyy-MM-dd}" : "";

    private static DateOnly Today(ServerSettings settings) => Day(TimeProvider.System.GetUtcNow(), settings);

    private static DateOnly Day(DateTimeOffset at, ServerSettings settings) => RenewalWindow.CalendarDay(at, settings.Ra.Institution.Zone());

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
