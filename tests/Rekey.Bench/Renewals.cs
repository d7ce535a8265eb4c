using Rekey.Store;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Whole renewals against the real server: durable, audit on, on both engines.</summary>
internal static class Renewals
{
    private const int Concurrency = 8;

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        var rows = new List<Row>();
        foreach (var engine in PrivatePostgres.IsAvailable ? new[] { StoreEngine.Sqlite, StoreEngine.Postgres } : [StoreEngine.Sqlite])
        {
            Context.Say($"renewals, {engine}");
            const int warm = 6; // until the runtime has compiled what is used
            var (rounds, size) = (context.Of(4, 8), context.Of(100, 250));
            await using var host = await RekeyHost.StartAsync(engine, (rounds + warm) * size, context.Cancel);
            var idle = host.MemoryMiB;
            await host.RenewAsync(warm * size, Concurrency, context.Cancel);
            var blocks = new List<RenewalBlock>();
            for (var i = 0; i < rounds; i++)
            {
                blocks.Add(await host.RenewAsync(size, Concurrency, context.Cancel));
            }

            var wall = blocks.Select(b => b.Count / b.Wall).ToList();
            var perServer = blocks.Select(b => b.Count / b.Server).ToList();
            var perAll = blocks.Select(b => b.Count / (b.Server + b.Database)).ToList();
            rows.Add(new Row(
                $"renewals, durable, audit on, {engine}",
                FormattableString.Invariant($"{Blocks.Median(wall):0}/s; {Blocks.Median(perServer):0} per processor second of the server, {Blocks.Median(perAll):0} with the database's"))
            {
                Spread = FormattableString.Invariant($"{Blocks.Spread(wall, "0")} /s"),
                Remark = $"P-256, {Concurrency} at a time; the clients, which verify all answers, share the processors, so the rate per second is low by their share",
            });
            rows.Add(new Row(
                $"memory of the server, {engine}",
                FormattableString.Invariant($"{idle:0} MiB after its first page, {host.MemoryMiB:0} MiB after {(rounds + warm) * size} renewals, most {Memory.PeakMiB(host.ProcessId):0} MiB"))
            {
                Remark = "resident, all parts in one process",
            });
        }

        return rows;
    }
}
