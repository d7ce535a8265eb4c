using System.CommandLine;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Server.Settings;
using Rekey.Store;

namespace Rekey.Server.Commands;

/// <summary>
/// <c>rekey ra operator</c>: the first super administrator and audit administrator, and the way back when nobody can log in. Whoever sits at
/// the server may everything with its store, so no second person is asked; each act is in the audit log as the command line's.
/// </summary>
internal static class RaOperatorCommands
{
    private static readonly Dictionary<string, OperatorRole> Roles = new()
    {
        ["super-administrator"] = OperatorRole.SuperAdministrator,
        ["audit-administrator"] = OperatorRole.AuditAdministrator,
        ["business-administrator"] = OperatorRole.BusinessAdministrator,
        ["operator"] = OperatorRole.Operator,
        ["auditor"] = OperatorRole.Auditor,
    };

    private static readonly Dictionary<string, OperatorDuties> Duties = new()
    {
        ["entry"] = OperatorDuties.Entry,
        ["review"] = OperatorDuties.Review,
        ["card-making"] = OperatorDuties.CardMaking,
    };

    public static Command Operator() => new("operator", "Operators of the console.") { Add(), List(), Change(), Remove() };

    private static Command Add()
    {
        var (directory, id, duties, scope) = (CommonOptions.Directory(), Id(), DutiesOption(), ScopeOption());
        var role = new Option<string>("--role") { Description = string.Join(", ", Roles.Keys), Required = true };
        var command = new Command("add", "Make a registered person an operator.") { directory, id, role, duties, scope };
        command.SetAction(async (parsed, cancel) =>
        {
            var wanted = new Appointment(
                Roles.TryGetValue(parsed.GetValue(role)!, out var known) ? known : throw Unknown("role", parsed.GetValue(role)!, Roles.Keys),
                ReadDuties(parsed.GetValue(duties)), OperatorScope.Read(parsed.GetValue(scope) ?? "all"));
            await using var work = await Work.OpenAsync(parsed.Settings(directory), cancel);
            await work.Appoint.AppointAsync(parsed.GetValue(id)!, wanted, null, CaScope.Actor, cancel);
            parsed.Say($"{parsed.GetValue(id)} is {parsed.GetValue(role)}.");
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
            await using var work = await Work.OpenAsync(parsed.Settings(directory), cancel);
            var all = await work.List.ListAsync(null, cancel);
            foreach (var o in all)
            {
                var what = o.Role == OperatorRole.Operator ? $"{Word(o.Role)} ({string.Join(", ", Duties.Where(d => o.Duties.HasFlag(d.Value)).Select(d => d.Key))})" : Word(o.Role);
                parsed.Say($"{o.StableId}  {o.Name}  {what}  scope {o.Scope}{(o.State == OperatorState.Active ? "" : $"  {o.State.ToString().ToLowerInvariant()}")}");
            }

            parsed.Say($"{all.Count(o => o.State == OperatorState.Active).ToString(CultureInfo.InvariantCulture)} at work.");
            return 0;
        });
        return command;
    }

    private static Command Change()
    {
        var (directory, id, duties, scope) = (CommonOptions.Directory(), Id(), DutiesOption(), ScopeOption());
        var command = new Command("change", "Change duties and scope; what is not named stays.") { directory, id, duties, scope };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var work = await Work.OpenAsync(parsed.Settings(directory), cancel);
            var now = await work.FindAsync(parsed.GetValue(id)!, cancel);
            await work.Change.ChangeAsync(
                now.StableId, now.Version, parsed.GetValue(duties) is { } names ? ReadDuties(names) : now.Duties,
                parsed.GetValue(scope) is { } text ? OperatorScope.Read(text) : now.Scope, null, CaScope.Actor, cancel);
            parsed.Say($"Changed {now.StableId}.");
            return 0;
        });
        return command;
    }

    private static Command Remove()
    {
        var (directory, id) = (CommonOptions.Directory(), Id());
        var reason = new Option<string>("--reason") { Description = "Why, for the audit log", Required = true };
        var command = new Command("remove", "Remove one; her sessions end.") { directory, id, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var work = await Work.OpenAsync(parsed.Settings(directory), cancel);
            var now = await work.FindAsync(parsed.GetValue(id)!, cancel);
            await work.Remove.RemoveAsync(now.StableId, now.Version, parsed.GetValue(reason)!, null, CaScope.Actor, cancel);
            parsed.Say($"Removed {now.StableId}.");
            return 0;
        });
        return command;
    }

    private static Option<string> Id() => new("--id") { Description = "Stable identifier of the person (rekey ra subscriber add --person)", Required = true };

    private static Option<string?> DutiesOption() => new("--duties") { Description = "Of an operator, with commas between: entry, review, card-making" };

    private static Option<string?> ScopeOption() => new("--scope") { Description = "all, or division codes (2, 4, 6 digits) and credit codes" };

    private static OperatorDuties ReadDuties(string? names) => (names ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Aggregate(OperatorDuties.None, (all, name) => all | (Duties.TryGetValue(name, out var duty) ? duty : throw Unknown("duty", name, Duties.Keys)));

    private static string Word(OperatorRole role) => Roles.Single(r => r.Value == role).Key;

    private static ConfigurationException Unknown(string what, string name, IEnumerable<string> known) => new($"there is no {what} {name}; there are: {string.Join(", ", known)}");

    /// <summary>The acts, on a store opened for one command.</summary>
    private sealed class Work(ServiceProvider services, ServerSettings settings) : IAsyncDisposable
    {
        private readonly OperatorActs rows = new(Contexts(services), services.GetRequiredService<Acts<RaDbContext>>(), settings.Ra, TimeProvider.System);

        public AppointOperator Appoint => new(Contexts(services), services.GetRequiredService<Acts<RaDbContext>>(), rows, TimeProvider.System);

        public ChangeOperator Change => new(rows);

        public RemoveOperator Remove => new(rows);

        public OperatorList List => new(Contexts(services));

        public static async Task<Work> OpenAsync(ServerSettings settings, CancellationToken cancel) => new(await RaScope.OpenAsync(settings, cancel), settings);

        public async Task<OperatorSummary> FindAsync(string stableId, CancellationToken cancel) =>
            (await List.ListAsync(null, cancel)).SingleOrDefault(o => o.StableId == stableId && o.State != OperatorState.Removed) ?? throw new ConfigurationException($"{stableId} is no operator");

        public ValueTask DisposeAsync() => services.DisposeAsync();

        private static IDbContextFactory<RaDbContext> Contexts(ServiceProvider services) => services.GetRequiredService<IDbContextFactory<RaDbContext>>();
    }
}
