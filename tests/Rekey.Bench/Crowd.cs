using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using Rekey.Testing.Portal;

namespace Rekey.Bench;

/// <summary>Very many made-up subscribers with a certificate each, written as databases are filled: indexes afterwards.</summary>
internal sealed class Crowd
{
    private static readonly string[] Places = ["云泽市", "临溪县", "北岗区", "南浦区", "青石县", "东湖区", "西山县", "白鹭市", "松江新区", "河口镇", "长岭县", "柳河区"];
    private static readonly string[] Provinces = ["", "", "云州省", "云州省云泽市"];
    private static readonly string[] Public = ["第{0}人民医院", "第{0}中学", "第{0}小学", "图书馆", "水利局", "卫生健康委员会", "第{0}幼儿园", "博物馆", "妇幼保健院", "公共资源交易中心"];
    private static readonly string[] Trades = ["商贸", "科技", "建筑", "医疗器械", "物流", "餐饮管理", "信息技术", "农业发展", "教育咨询", "环保设备", "机械制造", "房地产开发", "文化传媒", "食品", "化工"];
    private static readonly string[] Forms = ["有限公司", "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "厂", "合作社"];
    private static readonly int[] Divisions = [990100, 990102, 990103, 990221, 990200, 110101];

    private readonly Random random = new(7);
    private readonly string[] characters;

    public Crowd() => characters = [.. Enumerable.Range(0, 20_000).OrderBy(_ => random.Next()).Take(1500).Select(i => ((char)(0x4E00 + i)).ToString())];

    /// <summary>Subscribers so far.</summary>
    public int Count { get; private set; }

    /// <summary>A name like those of institutions and firms.</summary>
    public string Name()
    {
        var place = One(Provinces) + One(Places);
        if (random.NextDouble() < 0.3)
        {
            return place + string.Format(CultureInfo.InvariantCulture, One(Public), random.Next(1, 400));
        }

        // As in real names, few characters stand in very many of them.
        var proper = string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => characters[(int)(characters.Length * Math.Pow(random.NextDouble(), 3))]));
        return place + proper + One(Trades) + One(Forms);
    }

    /// <summary>A table of as many subscribers as an import reads.</summary>
    public byte[] Table(int rows)
    {
        var text = new StringBuilder("id,name,contact,phone\n");
        for (var i = 0; i < rows; i++)
        {
            Count++;
            text.Append(CultureInfo.InvariantCulture, $"U-{Count:D7},{Name()},王秀兰,0000-{Count:D8}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Fills the store.</summary>
    /// <param name="portal">Whose store.</param>
    /// <param name="count">How many more.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task FillAsync(PortalHost portal, int count, CancellationToken cancel)
    {
        await using var db = await portal.DatabaseAsync();
        await db.Database.OpenConnectionAsync(cancel);
        var connection = db.Database.GetDbConnection();
        var (from, schema) = (Count + 1, db.Database.IsNpgsql() ? "ra." : "");
        Count += count;
        await RunAsync(connection, $"insert into {schema}issuers (name, display_name, taken_over) values ({(schema.Length > 0 ? "'\\x01'" : "x'01'")}, 'CA', false) on conflict do nothing", cancel);
        if (connection is NpgsqlConnection postgres)
        {
            await FillPostgresAsync(postgres, from, count, cancel);
        }
        else
        {
            await FillSqliteAsync((SqliteConnection)connection, from, count, cancel);
        }
    }

    private async Task FillPostgresAsync(NpgsqlConnection connection, int from, int count, CancellationToken cancel)
    {
        var index = await TextAsync(connection, "select indexdef from pg_indexes where schemaname = 'ra' and indexname = 'ix_subscribers_name_grams'", cancel);
        await RunAsync(connection, "drop index ra.ix_subscribers_name_grams", cancel);
        await RunAsync(connection, "alter table ra.certificates disable trigger user; create temp table names (n int, name text)", cancel);
        await using (var import = await connection.BeginBinaryImportAsync("copy names from stdin (format binary)", cancel))
        {
            for (var n = from; n < from + count; n++)
            {
                await import.StartRowAsync(cancel);
                await import.WriteAsync(n, NpgsqlDbType.Integer, cancel);
                await import.WriteAsync(Name(), NpgsqlDbType.Text, cancel);
            }

            await import.CompleteAsync(cancel);
        }

        await RunAsync(connection, Insert("ra.", "names", "n", "lpad(to_hex(n), 8, '0')", "decode(lpad(to_hex(n), 64, '0'), 'hex')", "'2026-01-01'::timestamptz", "interval '1 day' *", d => $"(array[{string.Join(',', d)}])[1 + n % {d.Length}]"), cancel);
        await RunAsync(connection, $"update ra.subscribers s set expires_at = c.not_after from ra.certificates c where c.subscriber_id = s.id and c.state = 'Active'; {index}", cancel);
        await RunAsync(connection, "alter table ra.certificates enable trigger user", cancel);
        await RunAsync(connection, "vacuum analyze ra.subscribers", cancel);
        await RunAsync(connection, "vacuum analyze ra.certificates", cancel);
    }

    private async Task FillSqliteAsync(SqliteConnection connection, int from, int count, CancellationToken cancel)
    {
        var triggers = await TextAsync(connection, "select group_concat(sql, char(1)) from sqlite_master where type = 'trigger' and (name like 'subscriber%' or name like 'certificates%')", cancel);
        var names = triggers.Split('\u0001').Select(t => t.Split(' ')[2]).ToList();
        await RunAsync(connection, $"begin; {string.Join(';', names.Select(n => $"drop trigger {n}"))}; create temp table names (n integer primary key, name text)", cancel);
        await using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "insert into names values ($n, $name)";
            var (number, name) = (insert.Parameters.Add("$n", SqliteType.Integer), insert.Parameters.Add("$name", SqliteType.Text));
            for (var n = from; n < from + count; n++)
            {
                (number.Value, name.Value) = (n, Name());
                await insert.ExecuteNonQueryAsync(cancel);
            }
        }

        const long Day = 86_400_000_000;
        await RunAsync(connection, Insert("", "names", "n", "printf('%08x', n)", "cast(printf('%064x', n) as blob)", $"20454 * {Day}", $"{Day} *", d => $"(case n % {d.Length} {string.Concat(d.Select((v, i) => $"when {i} then {v} "))} end)"), cancel);
        await RunAsync(connection, "update subscribers set expires_at = (select not_after from certificates c where c.subscriber_id = subscribers.id and c.state = 'Active') where expires_at is null", cancel);
        var body = triggers.Split('\u0001').Single(t => t.Contains("subscriber_names_insert", StringComparison.Ordinal));
        var values = body[(body.IndexOf("values (", StringComparison.Ordinal) + 8)..body.LastIndexOf(");", StringComparison.Ordinal)].Replace("new.", "s.", StringComparison.Ordinal);
        await RunAsync(connection, $"insert into subscriber_names (rowid, grams) select {values} from subscribers s where s.stable_id >= 'U-{from:D7}'", cancel);
        await RunAsync(connection, $"{string.Join(";", triggers.Split('\u0001'))}; commit", cancel);
    }

    // One certificate each, of which some have expired; every twentieth subscriber is cancelled.
    private static string Insert(string schema, string source, string n, string hex, string hash, string day, string days, Func<int[], string> choose) => $"""
        insert into {schema}subscribers (kind, stable_id, credit_code, display_name, contact_name, contact_phone, state, registered_at, version)
          select case when {n} % 5 = 0 then 'Person' else 'Organisation' end, 'U-' || {Padded(schema, n, 7)}, '91' || {choose(Divisions)} || {Padded(schema, n, 9)} || 'X', name, '王秀兰',
            '0000-' || {Padded(schema, n, 8)}, case when {n} % 20 = 0 then 'Cancelled' else 'Registered' end, {day}, 0 from {source};
        insert into {schema}certificates (sha256, der, issuer_id, serial, spki_sha256, not_before, not_after, subscriber_id, profile, state, token_driver, token_manufacturer, token_model, token_serial_number)
          select {hash}, {hash}, (select min(id) from {schema}issuers), '5A0000' || upper({hex}), {hash}, {day}, {day} + {days} ({n} * 37 % 2000), s.id, 'default',
            case when {n} % 20 = 0 then 'Revoked' else 'Active' end, 'skf', '海泰', case when {n} % 50 = 0 then 'HT-2' else 'HT-1' end, 'HT' || {Padded(schema, n, 8)}
          from {source} x join {schema}subscribers s on s.stable_id = 'U-' || {Padded(schema, n, 7)};
        """;

    private static string Padded(string schema, string n, int digits) => schema.Length > 0 ? $"lpad({n}::text, {digits}, '0')" : $"printf('%0{digits}d', {n})";

    private static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<string> TextAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }

    private string One(string[] some) => some[random.Next(some.Length)];
}
