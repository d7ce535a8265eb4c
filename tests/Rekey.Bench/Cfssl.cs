using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Npgsql;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Issuing beside Debian's <c>cfssl serve</c>, both with PostgreSQL where cfssl can.</summary>
internal static class Cfssl
{
    private const int Concurrency = 8;

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        var (rounds, block) = (context.Of(4, 8), context.Of(80, 200));
        var folder = Directory.CreateTempSubdirectory("rekey-cfssl-").FullName;
        try
        {
            await using var host = await RekeyHost.StartAsync(StoreEngine.Postgres, (rounds + 4) * block, context.Cancel);
            await host.RenewAsync(3 * block, Concurrency, context.Cancel);
            var port = Ports.Free();
            var database = PrivatePostgres.NewDatabase().ConnectionString;
            using var cfssl = await StartAsync(folder, port, database, context.Cancel);
            var stores = await CountAsync(database, context.Cancel) > 0;
            var sign = new Uri($"http://127.0.0.1:{port}/api/v1/cfssl/sign");
            var body = Path.Combine(folder, "sign.json");
            var wall = new List<double>();
            var blocks = await Blocks.AlternateAsync(
                rounds,
                async () =>
                {
                    var b = await host.RenewAsync(block, Concurrency, context.Cancel);
                    wall.Add(b.Count / b.Wall);
                    return b.Count / b.Server;
                },
                async () => (await HttpLoad.WrkAsync(cfssl.Id, sign, body, "application/json")).PerCpu);
            cfssl.Kill();
            await cfssl.WaitForExitAsync(context.Cancel);
            var ratios = Blocks.Ratios(blocks[0], blocks[1]);
            return
            [
                new Row(
                    "issuing beside cfssl serve, P-256",
                    FormattableString.Invariant($"{Blocks.Median(blocks[0]):0} whole renewals per processor second of the server"),
                    FormattableString.Invariant($"{Blocks.Median(blocks[1]):0} signed CSRs per processor second of cfssl"))
                {
                    Figure = Blocks.Median(ratios),
                    Spread = Blocks.Spread(ratios),
                    Remark = stores
                        ? "not the same work: Rekey with several durable commits, audit, proofs by old and new key and confirmation; Debian's cfssl 1.2.0 verifies a CSR, signs and stores one row, in the same PostgreSQL; processor time of PostgreSQL not counted"
                        : "not the same work: Rekey with PostgreSQL, audit, proofs and confirmation; Debian's cfssl 1.2.0 did not use the PostgreSQL certificate database that it was given, so what it signed is nowhere recorded",
                },
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The table of cfssl's own migration.
    private const string Table =
        """
        create table certificates (
          serial_number bytea not null, authority_key_identifier bytea not null, ca_label bytea, status bytea not null, reason int,
          expiry timestamptz, revoked_at timestamptz, pem bytea not null, primary key (serial_number, authority_key_identifier))
        """;

    private static async Task<long> CountAsync(string database, CancellationToken cancel)
    {
        await using var db = new NpgsqlConnection(database);
        await db.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select count(*) from certificates", db);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static async Task<Process> StartAsync(string folder, int port, string database, CancellationToken cancel)
    {
        await using (var db = new NpgsqlConnection(database))
        {
            await db.OpenAsync(cancel);
            await using var command = new NpgsqlCommand(Table, db);
            await command.ExecuteNonQueryAsync(cancel);
        }

        var parts = new NpgsqlConnectionStringBuilder(database);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "db.json"),
            JsonSerializer.Serialize(new { driver = "postgres", data_source = $"host={parts.Host} user={parts.Username} dbname={parts.Database} sslmode=disable" }), cancel);
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new CertificateRequest("CN=cfssl", caKey, HashAlgorithmName.SHA256);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        ca.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign, true));
        ca.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(ca.PublicKey, false));
        using var certificate = ca.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(10));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=yunze.example,O=Yunze,C=CN", key, HashAlgorithmName.SHA256);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), certificate.ExportCertificatePem(), cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.key"), caKey.ExportECPrivateKeyPem(), cancel);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "config.json"), """{"signing":{"default":{"expiry":"43800h","usages":["digital signature"]}}}""", cancel);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "sign.json"),
            JsonSerializer.Serialize(new Dictionary<string, string> { ["certificate_request"] = csr.CreateSigningRequestPem(), ["hostname"] = "yunze.example" }), cancel);
        var start = new ProcessStartInfo("cfssl", [
            "serve", "-address", "127.0.0.1", "-port", port.ToString(CultureInfo.InvariantCulture), "-ca", Path.Combine(folder, "ca.pem"),
            "-ca-key", Path.Combine(folder, "ca.key"), "-config", Path.Combine(folder, "config.json"), "-db-config", Path.Combine(folder, "db.json"), "-loglevel", "4",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var i = 0; i < 100; i++)
        {
            var (exit, _) = await Command.RunAsync("curl", "-sf", "-o", "/dev/null", "-X", "POST", "-H", "Content-Type: application/json", "--data-binary", $"@{Path.Combine(folder, "sign.json")}", $"http://127.0.0.1:{port}/api/v1/cfssl/sign");
            if (exit == 0)
            {
                return process;
            }

            await Task.Delay(100, cancel);
        }

        process.Kill();
        throw new InvalidOperationException("cfssl did not answer");
    }
}
