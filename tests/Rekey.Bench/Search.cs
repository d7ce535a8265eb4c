using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.Bench;

/// <summary>How long an operator waits for a search, beside a search that has no index of names, and how fast subscribers are imported.</summary>
internal static class Search
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        List<Row> rows = [];
        foreach (var engine in PrivatePostgres.IsAvailable ? new[] { StoreEngine.Sqlite, StoreEngine.Postgres } : [StoreEngine.Sqlite])
        {
            rows.AddRange(await MeasureAsync(engine, context));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync(StoreEngine engine, Context context)
    {
        PrivatePostgres.Durable = true;
        await using var portal = await PortalHost.StartAsync(store: engine == StoreEngine.Postgres ? PrivatePostgres.NewDatabase() : null);
        var crowd = new Crowd();
        var size = context.Of(50_000, 1_000_000);
        Context.Say($"search, {engine}: {size} subscribers");
        await crowd.FillAsync(portal, size, context.Cancel);
        Context.Say($"search, {engine}: import");
        var import = await ImportAsync(portal, crowd, context);
        var find = portal.Services.GetRequiredService<FindSubscribers>();
        List<(string Kind, double Milliseconds)> times = [];
        List<double> scans = [];
        Context.Say($"search, {engine}: searches");
        for (var round = -1; round < context.Of(5, 25); round++)
        {
            foreach (var (kind, query, scope) in Questions(crowd, size, round))
            {
                var time = await TimeAsync(() => find.FindAsync(query, scope, context.Cancel));
                if (round >= 0)
                {
                    times.Add((kind, time));
                    if (kind == "name, rare")
                    {
                        scans.Add(await TimeAsync(() => ScanAsync(portal, query.Text!, context.Cancel)));
                    }
                }
            }
        }

        var slowest = times.GroupBy(t => t.Kind).MaxBy(g => Percentile(g.Select(t => t.Milliseconds), 0.95))!;
        var all = times.ConvertAll(t => t.Milliseconds);
        foreach (var kind in times.GroupBy(t => t.Kind))
        {
            Context.Say(FormattableString.Invariant($"{kind.Key}: p50 {Percentile(kind.Select(t => t.Milliseconds), 0.5):0.0}, p95 {Percentile(kind.Select(t => t.Milliseconds), 0.95):0.0} ms"));
        }

        return
        [
            new($"search among {size} subscribers, {engine}, p95", FormattableString.Invariant($"p50 {Percentile(all, 0.5):0.0}, p95 {Percentile(all, 0.95):0.0}, longest {all.Max():0} ms"), FormattableString.Invariant($"scan of all names: p50 {Percentile(scans, 0.5):0} ms"))
            {
                Figure = Percentile(all, 0.95),
                Format = "0",
                Aim = 200,
                Below = true,
                Spread = Blocks.Spread(all, "0.0"),
                Remark = FormattableString.Invariant($"{times.Select(t => t.Kind).Distinct().Count()} kinds of question alike; the slowest ({slowest.Key}): p95 {Percentile(slowest.Select(t => t.Milliseconds), 0.95):0} ms"),
            },
            import,
        ];
    }

    private static async Task<Row> ImportAsync(PortalHost portal, Crowd crowd, Context context)
    {
        var import = portal.Services.GetRequiredService<ImportSubscribers>();
        var (rows, rates) = (context.Of(1000, 5000), new List<double>());
        for (var round = -1; round < context.Of(2, 4); round++)
        {
            var table = crowd.Table(rows);
            var time = await TimeAsync(() => import.ImportAsync(new MemoryStream(table), ImportMode.ValidRowsOnly, "bench", context.Cancel));
            if (round >= 0)
            {
                rates.Add(rows / time * 1000);
            }
        }

        await using var db = await portal.DatabaseAsync();
        return new($"import into {crowd.Count} subscribers, {(db.Database.IsNpgsql() ? StoreEngine.Postgres : StoreEngine.Sqlite)}", FormattableString.Invariant($"{Blocks.Median(rates):0} rows per second"))
        {
            Spread = Blocks.Spread(rates, "0"),
            Remark = "CSV, checked, indexed for the search, durable every 500 rows, audited; one process",
        };
    }

    // Each round asks for other names and numbers.
    private static IEnumerable<(string Kind, SubscriberQuery Query, OperatorScope Scope)> Questions(Crowd crowd, int size, int round)
    {
        var random = new Random(round);
        var (name, number) = (crowd.Name(), random.Next(1, size));
        var now = DateTimeOffset.Parse("2026-11-24T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        string[] common = ["市", "医院", "有限公司", "科技", "第", "水利局"];
        var (start, length) = (random.Next(2, name.Length - 4), random.Next(2, 5));
        var district = OperatorScope.Parse("990102");
        yield return ("first page", new(), OperatorScope.All);
        yield return ("name, rare", new() { Text = name }, OperatorScope.All);
        yield return ("part of a name", new() { Text = name.Substring(start, length) }, OperatorScope.All);
        yield return ("one character", new() { Text = name.Substring(start, 1) }, OperatorScope.All);
        yield return ("common word", new() { Text = common[(round + 6) % 6] }, OperatorScope.All);
        yield return ("two words", new() { Text = $"{name[..3]} {common[(round + 6) % 6]}" }, OperatorScope.All);
        yield return ("beginning of a credit code", new() { Text = $"9199{number % 100:D2}" }, OperatorScope.All);
        yield return ("credit code", new() { Text = $"91990102{number / 6 * 6 + 1:D9}X" }, OperatorScope.All);
        yield return ("identifier", new() { Text = $"u-{number:D7}" }, OperatorScope.All);
        yield return ("serial number", new() { Text = $"5A00 00{number:X8}" }, OperatorScope.All);
        yield return ("token", new() { Text = $"HT{number:D8}" }, OperatorScope.All);
        yield return ("telephone", new() { Text = $"0000 {number:D8}" }, OperatorScope.All);
        yield return ("expiring in 90 days, by expiry", new() { ExpiresFrom = now, ExpiresBefore = now.AddDays(90), Sort = SubscriberSort.Expiry }, OperatorScope.All);
        yield return ("expiring in 7 days, by name", new() { ExpiresFrom = now, ExpiresBefore = now.AddDays(7) }, OperatorScope.All);
        yield return ("cancelled, by code", new() { State = SubscriberState.Cancelled, Sort = SubscriberSort.CreditCode }, OperatorScope.All);
        yield return ("token model", new() { TokenModel = "HT-2" }, OperatorScope.All);
        yield return ("a region's common word", new() { Text = common[(round + 6) % 6] }, district);
        yield return ("a region by expiry", new() { Sort = SubscriberSort.Expiry }, district);
        yield return ("far down the list", new() { Cursor = new Place(number, name, null).ToString() }, OperatorScope.All);
        yield return ("last page", new() { Descending = true, Sort = SubscriberSort.Expiry }, OperatorScope.All);
    }

    // What is left when nothing is kept for it.
    private static async Task ScanAsync(PortalHost portal, string text, CancellationToken cancel)
    {
        await using var db = await portal.DatabaseAsync();
        await db.Subscribers.AsNoTracking().Where(s => s.DisplayName.Contains(text)).OrderBy(s => s.DisplayName).Take(25).ToListAsync(cancel);
        await db.Subscribers.CountAsync(s => s.DisplayName.Contains(text), cancel);
    }

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Round(share * (sorted.Length - 1))];
    }
}
