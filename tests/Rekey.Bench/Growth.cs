using Npgsql;
using Rekey.Pki.Certificates;
using Rekey.Store;

namespace Rekey.Bench;

/// <summary>What a renewal and a freshly signed OCSP answer cost with ever more certificates in the stores (PostgreSQL).</summary>
internal static class Growth
{
    private const int Concurrency = 8;

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        var sizes = context.Quick ? new[] { 1_000, 100_000 } : [1_000, 100_000, 2_000_000];
        var (rounds, block) = (context.Of(3, 6), context.Of(60, 150));
        await using var host = await RekeyHost.StartAsync(StoreEngine.Postgres, ((sizes.Length * rounds) + 4) * block, context.Cancel);
        Context.Say("growth: warming up");
        await host.RenewAsync(4 * block, Concurrency, context.Cancel);
        List<(int Size, double Renewal, double Ocsp)> costs = [];
        var present = 0;
        foreach (var size in sizes)
        {
            Context.Say($"growth: {size} certificates");
            await FillAsync(host, present, size - present, context.Cancel);
            present = size;
            List<double> renewals = [];
            List<double> answers = [];
            for (var i = 0; i < rounds; i++)
            {
                renewals.Add((await host.RenewAsync(block, Concurrency, context.Cancel)).Milliseconds);
                answers.Add(await LiveOcspAsync(host, size, context.Of(1000, 3000)));
            }

            costs.Add((size, Blocks.Median(renewals), Blocks.Median(answers)));
        }

        var (first, last) = (costs[0], costs[^1]);
        return
        [
            Line("renewal", "ms", costs.Select(c => (c.Size, c.Renewal)), (last.Renewal / first.Renewal) - 1),
            Line("OCSP answer, looked up and signed", "µs", costs.Select(c => (c.Size, c.Ocsp)), (last.Ocsp / first.Ocsp) - 1),
        ];
    }

    private static Row Line(string what, string unit, IEnumerable<(int Size, double Cost)> costs, double growth) => new(
        $"growth of the cost of a {what}",
        string.Join("; ", costs.Select(c => FormattableString.Invariant($"{c.Size} certificates: {c.Cost:0.0} {unit}"))))
    {
        Figure = growth,
        Format = "0.00",
        Aim = 0.10,
        Below = true,
        Remark = "processor time of server and PostgreSQL; growth from the first to the last as a share of the first",
    };

    private static async Task<double> LiveOcspAsync(RekeyHost host, int size, int count)
    {
        var issuer = Certificate.FromPem(await File.ReadAllTextAsync(host.Institution.ChainFile))[0];
        var file = Path.GetTempFileName();
        try
        {
            var id = OcspCertId.Of(issuer, Serial(size / 2));
            await File.WriteAllBytesAsync(file, new OcspRequest([id], new byte[16]).Encode());
            var database = Cpu.DatabaseSeconds(host.Engine);
            var before = host.ServerSeconds();
            await HttpLoad.AbAsync(host.ProcessId, new Uri(host.Institution.Plan.Publisher, "/ocsp"), file, "application/ocsp-request", count);
            return (host.ServerSeconds() - before + Cpu.DatabaseSeconds(host.Engine) - database) * 1e6 / count;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Serial(int n) => FormattableString.Invariant($"5A{n:X32}");

    /// <summary>Rows like those of real holders, made in the database from one that is there.</summary>
    private static async Task FillAsync(RekeyHost host, int from, int count, CancellationToken cancel)
    {
        var (ca, ra) = host.Institution.Databases;
        await RunAsync(ca, $$"""
            insert into ca.chains (id, created_at) select md5('c' || n)::uuid, now() from generate_series({{from}}, {{from + count - 1}}) n;
            insert into ca.certificates ({{await ColumnsAsync(ca, "ca", "certificates", cancel)}})
              select {{await ValuesAsync(ca, "ca", "certificates", cancel)}}
              from (select * from ca.certificates order by id limit 1) c, generate_series({{from}}, {{from + count - 1}}) n;
            analyze ca.certificates; analyze ca.chains;
            """, cancel);
        await RunAsync(ra, $$"""
            insert into ra.subscribers ({{await ColumnsAsync(ra, "ra", "subscribers", cancel)}})
              select {{await ValuesAsync(ra, "ra", "subscribers", cancel)}}
              from (select * from ra.subscribers order by id limit 1) c, generate_series({{from}}, {{from + count - 1}}) n;
            insert into ra.certificates ({{await ColumnsAsync(ra, "ra", "certificates", cancel)}})
              select {{await ValuesAsync(ra, "ra", "certificates", cancel)}}
              from (select * from ra.certificates order by id limit 1) c, generate_series({{from}}, {{from + count - 1}}) n;
            analyze ra.certificates; analyze ra.subscribers;
            """, cancel);
    }

    // What must differ from row to row; everything else is the copied row's.
    private static string? Fresh(string schema, string table, string column) => (schema, table, column) switch
    {
        ("ca", _, "serial_hex") or ("ra", "certificates", "serial") => "'5A' || lpad(upper(to_hex(n)), 32, '0')",
        (_, _, "sha256") => "sha256(('x' || n)::bytea)",
        (_, _, "spki_sha256") => "sha256(('k' || n)::bytea)",
        ("ca", _, "chain_id") => "md5('c' || n)::uuid",
        (_, _, "subscriber_id") when schema == "ca" => "'YZ-F-' || n",
        (_, "subscribers", "stable_id") => "'YZ-F-' || n",
        ("ra", "certificates", "subscriber_id") => "(select id from ra.subscribers where stable_id = 'YZ-F-' || n)",
        (_, _, "state") when schema == "ca" => "'Confirmed'",
        (_, _, "confirmed_at") => "c.not_before",
        (_, _, "renewed_from_id" or "renewal_id") => "null",
        _ => null,
    };

    private static async Task<List<string>> NamesAsync(string connection, string schema, string table, CancellationToken cancel)
    {
        await using var db = new NpgsqlConnection(connection);
        await db.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            "select column_name from information_schema.columns where table_schema = $1 and table_name = $2 and column_name <> 'id' order by ordinal_position", db);
        command.Parameters.Add(new() { Value = schema });
        command.Parameters.Add(new() { Value = table });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<string> names = [];
        while (await reader.ReadAsync(cancel))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task<string> ColumnsAsync(string connection, string schema, string table, CancellationToken cancel) =>
        string.Join(", ", await NamesAsync(connection, schema, table, cancel));

    private static async Task<string> ValuesAsync(string connection, string schema, string table, CancellationToken cancel) =>
        string.Join(", ", (await NamesAsync(connection, schema, table, cancel)).Select(n => Fresh(schema, table, n) ?? $"c.{n}"));

    private static async Task RunAsync(string connection, string sql, CancellationToken cancel)
    {
        await using var db = new NpgsqlConnection(connection);
        await db.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, db) { CommandTimeout = 1800 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
