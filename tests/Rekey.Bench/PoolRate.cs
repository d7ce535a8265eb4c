using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Pool;
using Rekey.Pki.Algorithms;
using Rekey.Store;
using Rekey.Testing;
using Rekey.Testing.Kmc;

namespace Rekey.Bench;

/// <summary>How fast the key-management centre tops its pool up, against nothing but the generation of as many keys.</summary>
internal static class PoolRate
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        List<Row> rows = [];
        foreach (var (kind, size) in new[] { (AlgorithmSuite.Sm2, context.Of(200, 600)), (AlgorithmSuite.P256, context.Of(200, 600)), (AlgorithmSuite.Rsa2048, context.Of(10, 30)) })
        {
            foreach (var engine in PrivatePostgres.IsAvailable ? new[] { StoreEngine.Sqlite, StoreEngine.Postgres } : [StoreEngine.Sqlite])
            {
                Context.Say($"pool of {kind} keys, {engine}");
                rows.Add(await MeasureAsync(kind, engine, size, context));
            }
        }

        return rows;
    }

    private static async Task<Row> MeasureAsync(AlgorithmSuite kind, StoreEngine engine, int size, Context context)
    {
        PrivatePostgres.Durable = true;
        var pool = new PoolOptions { Spare = new Dictionary<string, int> { [kind.Name] = size }, CpuPercent = 100 };
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new() { Pool = pool });
        var blocks = await Blocks.AlternateAsync(
            context.Of(3, 7),
            async () =>
            {
                await EmptyAsync(kmc, context.Cancel);
                var (before, database) = (Cpu.OwnMicroseconds(), Cpu.DatabaseSeconds(engine));
                await kmc.Service<FillPool>().RunAsync(context.Cancel);
                return size * 1e6 / (Cpu.OwnMicroseconds() - before + ((Cpu.DatabaseSeconds(engine) - database) * 1e6));
            },
            () => Task.FromResult(Cpu.PerSecond(size, () => SoftwareSigningKey.Generate(kind).Dispose())));
        var ratios = Blocks.Ratios(blocks[0], blocks[1]);
        return new Row(
            $"pool top-up, {kind}, {engine}",
            FormattableString.Invariant($"{Blocks.Median(blocks[0]):0} keys per processor second"),
            FormattableString.Invariant($"{Blocks.Median(blocks[1]):0} (generated and nothing else)"))
        {
            Figure = Blocks.Median(ratios),
            Spread = Blocks.Spread(ratios),
            Remark = "sealed under the master, stored durably in batches, audited; the database's time included. A running service gives it a quarter of one processor",
        };
    }

    // Keys that were never handed out can go; the database's guards are for the log.
    private static async Task EmptyAsync(TestKmc kmc, CancellationToken cancel)
    {
        await using var db = await kmc.DbAsync();
        await db.Keys.Where(k => k.State == KeyState.Spare).ExecuteDeleteAsync(cancel);
    }
}
