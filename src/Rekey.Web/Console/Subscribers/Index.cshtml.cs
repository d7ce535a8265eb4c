using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.Lists;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Web.Console.Grid;
using Rekey.Web.Console.Subscribers.Texts;
using Rekey.Web.Design;
using Rekey.Web.Portal.Renewal;

namespace Rekey.Web.Console.Subscribers;

/// <summary>A subscriber as the list shows her.</summary>
/// <param name="Item">Who.</param>
/// <param name="Tag">How she stands.</param>
/// <param name="Line">Life line of the certificate in use; null for none.</param>
/// <param name="Expires">Its last day; null for none.</param>
/// <param name="Days">Days to it in words.</param>
internal sealed record SubscriberRowView(SubscriberListItem Item, StateTag Tag, LifeLine? Line, DateOnly? Expires, string Days);

/// <summary>The list of subscribers: search, filters, export.</summary>
[Requires(Permission.SeeSubscribers)]
internal sealed class IndexModel(RaOptions options, FindSubscribers find, SavedFilters saved, Acts<RaDbContext> acts, TimeProvider time) : ConsolePage(options)
{
    private const string State = "state";
    private const string Kind = "kind";
    private const string Due = "due";
    private const string Institution = "org";
    private const string Model = "model";
    private const string Late = "late";
    private const string Shut = "shut";
    private const string Cancelled = "cancelled";

    private static readonly string[] Names = [GridState.Search, State, Kind, Due, Institution, Model];

    private static readonly Dictionary<string, SubscriberSort> Sorts = new()
    {
        ["name"] = SubscriberSort.Name,
        ["code"] = SubscriberSort.CreditCode,
        ["expires"] = SubscriberSort.Expiry,
    };

    private static readonly int[] Soon = [7, 30, 90];

    public GridModel Grid { get; private set; } = null!;

    private GridState Address => GridState.Read(SubscriberUrls.List, Request.Query, Names, Sorts.Keys);

    private TimeZoneInfo Zone => Options.Institution.Zone();

    private DateOnly Today => RenewalWindow.CalendarDay(time.GetUtcNow(), Zone);

    public async Task<IActionResult> OnGetAsync()
    {
        var (state, cancel) = (Address, HttpContext.RequestAborted);
        var query = Query(state);
        var page = await find.FindAsync(query, Scope, cancel);
        Grid = new(state, SubscriberText.List_Title, Columns(), [.. page.Items.Select(Row)], "/Console/Subscribers/_Row.cshtml", page.Total)
        {
            SearchHint = SubscriberText.Search_Hint,
            Chips = Chips(state),
            Filters = Filters(),
            SortedBy = Sorts.Single(s => s.Value == query.Sort).Key,
            Previous = page.Previous,
            Next = page.Next,
            Saved = await saved.ListAsync(Actor, SubscriberUrls.List, cancel),
        };
        Response.Headers.Vary = "HX-Request";
        return IsPartial ? Partial("/Console/Grid/_Grid.cshtml", Grid) : Page();
    }

    public async Task<IActionResult> OnGetExportAsync(string? format)
    {
        var cancel = HttpContext.RequestAborted;
        var (kind, query) = (format == "csv" ? TableFormat.Csv : TableFormat.Xlsx, Query(Address));
        // Before the first row leaves: whoever breaks the file off has had its beginning.
        await acts.RecordAsync(
            new AuditEvent("subscribers.exported", Actor, $"list:{SubscriberUrls.List}") { Details = new Dictionary<string, string> { ["scope"] = Scope.ToString() }, Personal = new Dictionary<string, string> { ["filter"] = Address.Query } }, cancel);
        Response.ContentType = kind == TableFormat.Csv ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        Response.Headers.ContentDisposition = $"attachment; filename=subscribers-{Today:yyyyMMdd}.{(kind == TableFormat.Csv ? "csv" : "xlsx")}";
        string[] heading = [SubscriberText.Fact_Id, SubscriberText.Fact_Code, SubscriberText.Fact_Name, SubscriberText.Fact_Kind, SubscriberText.Column_State, SubscriberText.Fact_Contact, SubscriberText.Fact_Phone, SubscriberText.Column_Expires, SubscriberText.Column_Token];
        // The end of a ZIP file is written in the old way.
        HttpContext.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        await TableFile.WriteAsync(Response.Body, kind, heading, find.AllAsync(query, Scope, cancel).Select(Cells), cancel);
        return new EmptyResult();
    }

    [Requires(Permission.SeeSubscribers)]
    public async Task<IActionResult> OnPostSaveAsync(string? name, string? query)
    {
        var state = GridState.Read(SubscriberUrls.List, new Microsoft.AspNetCore.Http.QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query)), Names, Sorts.Keys);
        await saved.SaveAsync(Actor, SubscriberUrls.List, name ?? "", state.Query, HttpContext.RequestAborted);
        return Redirect(state.With());
    }

    [Requires(Permission.SeeSubscribers)]
    public async Task<IActionResult> OnPostForgetAsync(long filter, string? query)
    {
        await saved.RemoveAsync(Actor, filter, HttpContext.RequestAborted);
        return Redirect(GridState.Read(SubscriberUrls.List, new Microsoft.AspNetCore.Http.QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query)), Names, Sorts.Keys).With());
    }

    private SubscriberQuery Query(GridState state)
    {
        var policy = Options.Renewal.For("default").Window;
        var (from, before) = state[Due] switch
        {
            Late => (Day(-policy.DaysAfter), Day(0)),
            Shut => (null, Day(-policy.DaysAfter)),
            { } days when int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= 3650 => (Day(0), Day(n + 1)),
            _ => ((DateTimeOffset?)null, (DateTimeOffset?)null),
        };
        return new()
        {
            Text = state[GridState.Search],
            State = state[State] switch { Cancelled => SubscriberState.Cancelled, "registered" => SubscriberState.Registered, _ => null },
            Kind = state[Kind] switch { "person" => SubscriberKind.Person, "organisation" => SubscriberKind.Organisation, _ => null },
            Institution = state[Institution]?.ToUpperInvariant(),
            TokenModel = state[Model],
            ExpiresFrom = from,
            ExpiresBefore = before,
            Sort = state.Sort is { } sort ? Sorts[sort] : state[Due] is null ? SubscriberSort.Name : SubscriberSort.Expiry,
            Descending = state.Descending,
            Cursor = state.Cursor,
            Backwards = state.Backwards,
            Size = state.Size,
        };
    }

    // The first instant of a day, as days from today, in the institution's zone.
    private DateTimeOffset? Day(int days)
    {
        var start = Today.AddDays(days).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(start, Zone.GetUtcOffset(start)).ToUniversalTime();
    }

    private SubscriberRowView Row(SubscriberListItem item)
    {
        var window = item.Certificate is { } c ? RenewalWindow.Of(c.NotAfter, Options.Renewal.For(c.Profile).Window, Zone) : null;
        var tag = SubscriberWords.Of(item.State, window is not null, item.Certificate?.Held == true, window, Today);
        var line = window is null ? null : LifeLine.Of(RenewalWindow.CalendarDay(item.Certificate!.NotBefore, Zone), window, Today);
        return new(item, tag, line, window?.Expires, window is null ? "" : SubscriberWords.Days(window.Expires, Today));
    }

    private string[] Cells(SubscriberListItem item)
    {
        var row = Row(item);
        return
        [
            item.StableId, item.CreditCode ?? "", item.Name, SubscriberWords.Kind(item.Kind), row.Tag.Text, item.Contact ?? "", item.Phone ?? "",
            row.Expires?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "", $"{item.Certificate?.TokenModel} {item.Certificate?.TokenSerial}".Trim(),
        ];
    }

    private static GridColumn[] Columns() =>
    [
        new(SubscriberText.Column_Name, "name"), new(SubscriberText.Column_State), new(SubscriberText.Column_Life), new(SubscriberText.Column_Expires, "expires"),
        new(SubscriberText.Column_Token), new(SubscriberText.Fact_Code, "code"),
    ];

    private static GridChip[] Chips(GridState state)
    {
        GridChip Chip(string text, string? due, string? registered) =>
            new(text, state.With((Due, due), (State, registered)), state[Due] == due && state[State] == registered);
        return
        [
            Chip(SubscriberText.Chip_All, null, null), Chip(Wording.F(SubscriberText.Chip_Soon, 90), "90", null), Chip(SubscriberText.State_Late, Late, null),
            Chip(SubscriberText.State_Shut, Shut, null), Chip(SubscriberText.State_Cancelled, null, Cancelled),
        ];
    }

    private static GridFilter[] Filters() =>
    [
        new(Kind, SubscriberText.Fact_Kind, ("organisation", SubscriberText.Kind_Organisation), ("person", SubscriberText.Kind_Person)),
        new(State, SubscriberText.Filter_State, ("registered", SubscriberText.State_Registered), (Cancelled, SubscriberText.State_Cancelled)),
        new(Due, SubscriberText.Column_Expires, [.. Soon.Select(n => (n.ToString(CultureInfo.InvariantCulture), Wording.F(SubscriberText.Chip_Soon, n))), (Late, SubscriberText.State_Late), (Shut, SubscriberText.State_Shut)]),
        new(Institution, SubscriberText.Filter_Institution),
        new(Model, SubscriberText.Filter_Model),
    ];
}
