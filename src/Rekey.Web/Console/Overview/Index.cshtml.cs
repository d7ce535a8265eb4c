using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Ra.Overview;

namespace Rekey.Web.Console.Overview;

/// <summary>What there is to do and what is coming; counts that the store knows, and nothing else.</summary>
[Requires(Permission.SeeOverview)]
internal sealed class IndexModel(RaOptions options, ReadOverview overview, OperatorList operators, TimeProvider time) : ConsolePage(options)
{
    /// <summary>The figures of her scope.</summary>
    public OverviewFigures Figures { get; private set; } = null!;

    /// <summary>Requests that wait; null for those who see none.</summary>
    public (int Count, DateTimeOffset? Oldest)? Requests { get; private set; }

    /// <summary>Appointments that wait for her word.</summary>
    public int Appointments { get; private set; }

    /// <summary>The institution's time.</summary>
    public DateTimeOffset Now { get; private set; }

    public async Task OnGetAsync()
    {
        var cancel = HttpContext.RequestAborted;
        Now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), Options.Institution.Zone());
        Figures = await overview.ReadAsync(Scope, cancel);
        Requests = May(Permission.SeeRequests) ? await overview.WaitingAsync(Scope, cancel) : null;
        Appointments = May(Permission.AppointOperators)
            ? (await operators.ListAsync(Operator, cancel)).Count(o => o.State == OperatorState.Waiting && OperatorRules.ConfirmedBy(o.Role) == Operator.Role) : 0;
    }

    /// <summary>How long ago, in words that stay right for a while.</summary>
    public string Ago(DateTimeOffset since) => WaitWords.Of(time.GetUtcNow() - since);

    /// <summary>The bars of the weeks.</summary>
    public WeekChart Chart => WeekChart.Of(Figures);
}
