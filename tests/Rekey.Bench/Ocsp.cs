using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Testing.Institutions;
using Rekey.Store.Keys;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>OCSP answers: against Kestrel answering a constant of that size, and beside <c>openssl ocsp</c>.</summary>
internal static class Ocsp
{
    private const string Type = "application/ocsp-request";

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        await using var host = await RekeyHost.StartAsync(StoreEngine.Sqlite, 20, context.Cancel);
        await host.RenewAsync(20, 4, context.Cancel);
        var issuer = Certificate.FromPem(await File.ReadAllTextAsync(host.Institution.ChainFile, context.Cancel))[0];
        var serial = await SomeSerialAsync(host.Institution);
        var id = OcspCertId.Of(issuer, serial);
        var plain = new OcspRequest([id], null).Encode();
        var folder = Directory.CreateTempSubdirectory("rekey-ocsp-").FullName;
        try
        {
            var plainFile = Path.Combine(folder, "plain.der");
            var nonceFile = Path.Combine(folder, "nonce.der");
            await File.WriteAllBytesAsync(plainFile, plain, context.Cancel);
            await File.WriteAllBytesAsync(nonceFile, new OcspRequest([id], RandomNumberGenerator.GetBytes(16)).Encode(), context.Cancel);
            var post = new Uri(host.Institution.Plan.Publisher, "/ocsp");
            var get = new Uri(host.Institution.Plan.Publisher, "/ocsp/" + Uri.EscapeDataString(Convert.ToBase64String(plain)));
            using var http = new HttpClient();
            var size = (await http.GetByteArrayAsync(get, context.Cancel)).Length;
            using var floor = await FloorServer.StartAsync(size, context.Cancel);
            var rounds = context.Of(7, 15);
            return
            [
                await AgainstConstantAsync("POST", size, rounds, host.ProcessId, post, floor, plainFile),
                await AgainstConstantAsync("GET", size, rounds, host.ProcessId, get, floor, null),
                await BesideOpenSslAsync(context, host, serial, folder, nonceFile, post),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Row> AgainstConstantAsync(string method, int size, int rounds, int processId, Uri address, FloorServer floor, string? body)
    {
        Context.Say($"OCSP by {method} / constant");
        List<double> walls = [];
        var constant = new Uri(floor.Address, address.PathAndQuery);
        var blocks = await Blocks.AlternateAsync(
            rounds,
            async () =>
            {
                var (perCpu, perSecond) = await HttpLoad.WrkAsync(processId, address, body, Type);
                walls.Add(perSecond);
                return perCpu;
            },
            async () => (await HttpLoad.WrkAsync(floor.ProcessId, constant, body, Type)).PerCpu);
        var ratios = Blocks.Ratios(blocks[0], blocks[1]);
        return new Row(
            $"OCSP by {method} / Kestrel answering a constant",
            FormattableString.Invariant($"{Blocks.Median(blocks[0]):0} answers of {size} octets per processor second of the server"),
            FormattableString.Invariant($"{Blocks.Median(blocks[1]):0}"))
        {
            Figure = Blocks.Median(ratios),
            Aim = 0.85,
            Spread = Blocks.Spread(ratios),
            Remark = FormattableString.Invariant($"wrk, 16 kept connections on the same processors; {Blocks.Median(walls):0}/s"),
        };
    }

    private static async Task<Row> BesideOpenSslAsync(Context context, RekeyHost host, string serial, string folder, string nonceFile, Uri post)
    {
        Context.Say("OCSP beside openssl ocsp");
        var ca = Path.Combine(host.Institution.Directory, "ca");
        var index = Path.Combine(folder, "index.txt");
        await File.WriteAllTextAsync(index, $"V\t{DateTimeOffset.UtcNow.AddYears(5).ToString("yyMMddHHmmss", CultureInfo.InvariantCulture)}Z\t\t{serial}\tunknown\t/CN=x\n", context.Cancel);
        var keyFile = Path.Combine(folder, "ocsp.pem");
        var passphrase = (await File.ReadAllTextAsync(Path.Combine(ca, "passphrase"), context.Cancel)).TrimEnd();
        using var key = KeyFile.Read(Path.Combine(ca, "keys", "ocsp.key"), passphrase);
        await File.WriteAllTextAsync(keyFile, PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8()), context.Cancel);
        var port = Ports.Free();
        var start = new ProcessStartInfo("openssl", [
            "ocsp", "-port", port.ToString(CultureInfo.InvariantCulture), "-index", index, "-CA", Path.Combine(ca, "certificates", "issuing.pem"),
            "-rsigner", Path.Combine(ca, "certificates", "ocsp.pem"), "-rkey", keyFile,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        var peer = new Uri($"http://127.0.0.1:{port}/");
        var count = context.Of(1000, 4000);
        var blocks = await Blocks.AlternateAsync(
            context.Of(4, 9),
            async () => (await HttpLoad.AbAsync(host.ProcessId, post, nonceFile, Type, count)).PerCpu,
            async () => await PeerBlockAsync(start, peer, nonceFile, count, context.Cancel));
        var ratios = Blocks.Ratios(blocks[0], blocks[1]);
        return new Row(
            "OCSP signed for each request (nonce), P-256, beside openssl ocsp",
            FormattableString.Invariant($"{Blocks.Median(blocks[0]):0} per processor second of the server"),
            FormattableString.Invariant($"{Blocks.Median(blocks[1]):0} (openssl ocsp, one certificate in its index)"))
        {
            Figure = Blocks.Median(ratios),
            Spread = Blocks.Spread(ratios),
            Remark = "ab, a new connection for each request, 4 at a time; Rekey asks its store each time, openssl a list in memory",
        };
    }

    // A responder for each block: a connection without a request makes this program spin and answer no more, so its port is never
    // tried, and a block in which that happened all the same is measured again.
    private static async Task<double> PeerBlockAsync(ProcessStartInfo start, Uri peer, string body, int count, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            using var openssl = Process.Start(start)!;
            openssl.OutputDataReceived += (_, _) => { };
            openssl.ErrorDataReceived += (_, _) => { };
            openssl.BeginOutputReadLine();
            openssl.BeginErrorReadLine();
            try
            {
                await Task.Delay(500, cancel);
                return (await HttpLoad.AbAsync(openssl.Id, peer, body, Type, count)).PerCpu;
            }
            catch (InvalidOperationException) when (tries < 4)
            {
                Context.Say("openssl ocsp stopped answering; again");
            }
            finally
            {
                openssl.Kill();
                await openssl.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<string> SomeSerialAsync(Institution institution)
    {
        await using var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(institution.Directory, "ca", "ca.db")};Mode=ReadOnly;Pooling=False");
        await db.OpenAsync();
        await using var command = db.CreateCommand();
        command.CommandText = "select serial_hex from certificates where state = 'Confirmed' order by id desc limit 1";
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
