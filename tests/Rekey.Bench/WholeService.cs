using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Rekey.Pki.Algorithms;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>
/// The whole service against the sum of its floors: bare crypto, Kestrel answering constants of the same sizes, and as many rows of
/// the same sizes with as many indexes, in as many transactions, by pgbench. In processor time, so that what else the machine does
/// matters little.
/// </summary>
internal static class WholeService
{
    private const int Concurrency = 8;

    // Intent; certificate; the RA learns of it; confirmation; the RA learns of that.
    private const int Commits = 5;

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        var (rounds, block) = (context.Of(3, 7), context.Of(80, 200));
        await using var host = await RekeyHost.StartAsync(StoreEngine.Postgres, (rounds + 7) * block, context.Cancel);
        await host.RenewAsync(5 * block, Concurrency, context.Cancel);
        var (ca, ra) = host.Institution.Databases;
        var before = await WritesAsync([ca, ra], context.Cancel);
        await host.RenewAsync(block, Concurrency, context.Cancel);
        var tables = await PerRenewalAsync([ca, ra], before, block, context.Cancel);

        using var testCa = new TestCa(TimeProvider.System, AlgorithmSuite.P256);
        var work = new ServerWork(testCa);
        var exchanges = Enumerable.Range(0, 20).Select(_ => new PreparedExchange(work, AlgorithmSuite.P256)).ToList();
        using var bare = new BareCrypto(work, exchanges);
        var bodyFile = Path.GetTempFileName();
        await File.WriteAllBytesAsync(bodyFile, exchanges[0].KeyUpdateRequest, context.Cancel);
        using var constant = await FloorServer.StartAsync(exchanges[0].KeyUpdateResponse.Length, context.Cancel);
        var script = await PrepareAsync(PrivatePostgres.NewDatabase().ConnectionString, tables, context.Cancel);
        try
        {
            List<double> server = [];
            var blocks = await Blocks.AlternateAsync(
                rounds,
                async () =>
                {
                    var renewed = await host.RenewAsync(block, Concurrency, context.Cancel);
                    server.Add(renewed.Server * 1000 / block);
                    return renewed.Milliseconds;
                },
                () => Task.FromResult(Crypto(bare, exchanges.Count)),
                async () => 2 * 1000 / (await HttpLoad.WrkAsync(constant.ProcessId, constant.Address, bodyFile, "application/pkixcmp")).PerCpu,
                () => RowsAsync(script.Connection, script.File, block));
            var floors = Enumerable.Range(0, rounds).Select(i => blocks[1][i] + blocks[2][i] + blocks[3][i]).ToArray();
            var ratios = Blocks.Ratios(floors, blocks[0]);
            return
            [
                new Row(
                    "whole service / sum of its floors, PostgreSQL, P-256",
                    FormattableString.Invariant($"{Blocks.Median(blocks[0]):0.00} ms of processor time per renewal, {Blocks.Median(server):0.00} of them the server's, the others PostgreSQL's"),
                    FormattableString.Invariant($"{Blocks.Median(floors):0.00} ms: crypto {Blocks.Median(blocks[1]):0.00}, HTTP {Blocks.Median(blocks[2]):0.00}, rows {Blocks.Median(blocks[3]):0.00}"))
                {
                    Figure = Blocks.Median(ratios),
                    Aim = 0.60,
                    Spread = Blocks.Spread(ratios),
                    Remark = FormattableString.Invariant($"per renewal {tables.Sum(t => t.Inserts):0.0} rows inserted and {tables.Sum(t => t.Updates):0.0} updated (the audit tree's included); the floor writes as many in {Commits} transactions, pgbench's own time included"),
                },
            ];
        }
        finally
        {
            File.Delete(bodyFile);
            File.Delete(script.File);
        }
    }

    private static double Crypto(BareCrypto bare, int exchanges)
    {
        var before = Cpu.OwnMicroseconds();
        for (var i = 0; i < 10; i++)
        {
            bare.KeysHeld();
        }

        return (Cpu.OwnMicroseconds() - before) / 1000 / (10 * exchanges);
    }

    private static async Task<Dictionary<string, (long Inserts, long Updates)>> WritesAsync(string[] databases, CancellationToken cancel)
    {
        await Task.Delay(2500, cancel); // PostgreSQL's statistics come with a delay
        var all = new Dictionary<string, (long, long)>();
        foreach (var database in databases)
        {
            await using var db = new NpgsqlConnection(database);
            await db.OpenAsync(cancel);
            await using var command = new NpgsqlCommand("select schemaname || '.' || relname, n_tup_ins, n_tup_upd from pg_stat_user_tables where schemaname in ('ca', 'ra')", db);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                all[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2));
            }
        }

        return all;
    }

    private static async Task<List<TableWrites>> PerRenewalAsync(
        string[] databases, Dictionary<string, (long Inserts, long Updates)> before, int count, CancellationToken cancel)
    {
        var after = await WritesAsync(databases, cancel);
        var tables = new List<TableWrites>();
        foreach (var (name, now) in after)
        {
            var then = before.GetValueOrDefault(name);
            var (inserts, updates) = ((now.Inserts - then.Inserts) / (double)count, (now.Updates - then.Updates) / (double)count);
            if (inserts + updates < 0.02)
            {
                continue;
            }

            await using var db = new NpgsqlConnection(databases[name.StartsWith("ca.", StringComparison.Ordinal) ? 0 : 1]);
            await db.OpenAsync(cancel);
            await using var command = new NpgsqlCommand(
                $"select coalesce((select avg(pg_column_size(t.*)) from (select * from {name} limit 200) t), 100)::int, (select count(*) from pg_indexes where schemaname || '.' || tablename = '{name}')::int", db);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            tables.Add(new(name, inserts, updates, reader.GetInt32(0), Math.Max(1, reader.GetInt32(1))));
        }

        return tables;
    }

    // One script is one renewal. Fractions (rows that several renewals share) are kept by chance.
    private static async Task<(string Connection, string File)> PrepareAsync(string connection, List<TableWrites> tables, CancellationToken cancel)
    {
        var schema = new StringBuilder();
        var statements = new List<string>();
        foreach (var table in tables)
        {
            var name = table.Name.Replace('.', '_');
            var keys = Enumerable.Range(1, table.Indexes - 1).Select(i => $"k{i}").ToList();
            schema.Append(CultureInfo.InvariantCulture, $"create table {name} (id bigserial primary key, n int not null default 0, payload bytea{string.Concat(keys.Select(k => $", {k} bytea"))});\n");
            keys.ForEach(k => schema.Append(CultureInfo.InvariantCulture, $"create index on {name} ({k});\n"));
            var payload = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Math.Max(8, table.Octets - (16 * keys.Count))));
            var insert = $"insert into {name} (payload{string.Concat(keys.Select(k => $", {k}"))}) values ('\\x{payload}'{string.Concat(keys.Select(_ => ", uuid_send(gen_random_uuid())"))});";
            statements.AddRange(Times(table.Inserts, insert));
            statements.AddRange(Times(table.Updates, $"update {name} set n = n + 1 where id = (select max(id) from {name});"));
        }

        await using var db = new NpgsqlConnection(connection);
        await db.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(schema.ToString(), db);
        await command.ExecuteNonQueryAsync(cancel);
        var file = Path.GetTempFileName();
        var perCommit = (int)Math.Ceiling(statements.Count / (double)Commits);
        await File.WriteAllTextAsync(file, string.Concat(statements.Chunk(perCommit).Select(c => $"begin;\n{string.Join('\n', c)}\nend;\n")), cancel);
        return (connection, file);
    }

    private static IEnumerable<string> Times(double count, string statement)
    {
        var whole = (int)count;
        for (var i = 0; i < whole; i++)
        {
            yield return statement;
        }

        if (count - whole > 0.01)
        {
            yield return FormattableString.Invariant($"\\set dice random(1, 1000)\n\\set hit :dice <= {(count - whole) * 1000:0}\n\\if :hit\n{statement}\n\\endif");
        }
    }

    private static async Task<double> RowsAsync(string connection, string file, int count)
    {
        var parts = new NpgsqlConnectionStringBuilder(connection);
        var database = Cpu.Seconds(PrivatePostgres.ProcessId);
        var own = Cpu.ChildrenSeconds();
        var (exit, output) = await Command.RunAsync(
            "pgbench", "-n", "-f", file, "-c", Concurrency.ToString(CultureInfo.InvariantCulture), "-t", (count / Concurrency).ToString(CultureInfo.InvariantCulture),
            "-h", parts.Host!, "-U", parts.Username!, parts.Database!);
        return exit == 0
            ? (Cpu.Seconds(PrivatePostgres.ProcessId) - database + Cpu.ChildrenSeconds() - own) * 1000 / (count / Concurrency * Concurrency)
            : throw new InvalidOperationException($"pgbench: {output}");
    }

    private sealed record TableWrites(string Name, double Inserts, double Updates, int Octets, int Indexes);
}
