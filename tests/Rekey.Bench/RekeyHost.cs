using System.Diagnostics;
using System.Globalization;
using Rekey.Pki.Algorithms;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Testing;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;

namespace Rekey.Bench;

/// <summary>A real <c>rekey serve all</c> in a process of its own, with an institution whose holders' certificates are due for renewal.</summary>
internal sealed class RekeyHost : IAsyncDisposable
{
    private readonly ServerProcess process;
    private readonly Queue<SoftwareRenewal> waiting;

    private RekeyHost(Institution institution, StoreEngine engine, ServerProcess process, Queue<SoftwareRenewal> waiting)
    {
        Institution = institution;
        Engine = engine;
        this.process = process;
        this.waiting = waiting;
        Http = new(new SocketsHttpHandler { PooledConnectionLifetime = Timeout.InfiniteTimeSpan }) { BaseAddress = institution.Plan.Portal };
    }

    public Institution Institution { get; }

    public StoreEngine Engine { get; }

    public HttpClient Http { get; }

    public int ProcessId => process.Id;

    /// <summary>Resident memory now, MiB.</summary>
    public double MemoryMiB => Memory.ResidentMiB(process.Id);

    /// <summary>Starts one.</summary>
    /// <param name="engine">Of the CA's and the RA's stores.</param>
    /// <param name="holders">How many certificates are due.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="more">What else is to be in its stores.</param>
    /// <param name="pairs">The holders have SM2 pairs rather than P-256 certificates, and there is a full pool of keys for all of them.</param>
    public static async Task<RekeyHost> StartAsync(
        StoreEngine engine, int holders, CancellationToken cancel, Func<Institution, Task>? more = null, bool pairs = false)
    {
        PrivatePostgres.Durable = true;
        var plan = new InstitutionPlan
        {
            Directory = Path.Combine(Path.GetTempPath(), $"rekey-bench-{Guid.NewGuid():N}"),
            Portal = new($"http://127.0.0.1:{Ports.Free()}"),
            Publisher = new($"http://127.0.0.1:{Ports.Free()}"),
            CaSuite = AlgorithmSuite.P256,
            Postgres = engine == StoreEngine.Postgres,
            UKeys = pairs ? InstitutionPlan.DemoUKeys : [],
            SpareKeys = pairs ? holders : 0,
        };
        var institution = await Institution.CreateAsync(plan, SoftHsm.Host, cancel);
        var waiting = await EnrolAsync(institution, holders, pairs ? AlgorithmSuite.Sm2 : AlgorithmSuite.P256, cancel);
        if (more is not null)
        {
            await more(institution);
        }

        // Not a line for each request: what is measured is the service, and whoever reads its output.
        var process = await ServerProcess.StartAsync("all", plan.Directory, new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Warning" });
        var host = new RekeyHost(institution, engine, process, waiting);
        using var firstPage = await host.Http.GetAsync(new Uri("/CaUpdate/", UriKind.Relative), cancel);
        firstPage.EnsureSuccessStatusCode();
        if (pairs)
        {
            await PoolFullAsync(Path.Combine(plan.Directory, "kmc.db"), holders, cancel);
        }

        return host;
    }

    /// <summary>Renews some of the holders' certificates, several at a time.</summary>
    public async Task<RenewalBlock> RenewAsync(int count, int concurrency, CancellationToken cancel)
    {
        var batch = Enumerable.Range(0, count).Select(_ => waiting.Dequeue()).ToList();
        var address = new Uri(Institution.Plan.Portal, "/.well-known/cmp");
        var (server, database) = (Cpu.Seconds(process.Id), Cpu.DatabaseSeconds(Engine));
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel }, async (r, ct) => await r.RunAsync(Http, address, ct));
        return new(count, clock.Elapsed.TotalSeconds, Cpu.Seconds(process.Id) - server, Cpu.DatabaseSeconds(Engine) - database);
    }

    /// <summary>Processor seconds of the server process.</summary>
    public double ServerSeconds() => Cpu.Seconds(process.Id);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    private static async Task<Queue<SoftwareRenewal>> EnrolAsync(Institution institution, int holders, AlgorithmSuite suite, CancellationToken cancel)
    {
        await using var app = ServerHost.BuildAll(ServerSettings.Load(institution.Directory), TimeProvider.System);
        var trust = Rekey.Pki.Cmp.CmpTrust.FromPem(await File.ReadAllTextAsync(institution.RootsFile, cancel));
        var waiting = new Queue<SoftwareRenewal>();
        for (var i = 0; i < holders; i++)
        {
            var plan = new TokenPlan("bench", "云泽市测量科", string.Create(CultureInfo.InvariantCulture, $"YZ-B-{i:000000}"), 30, suite);
            var signing = await institution.EnrolSoftwareAsync(app.Services, plan, cancel);
            byte[]? encryption = null;
            if (suite == AlgorithmSuite.Sm2)
            {
                using var key = SoftwareSigningKey.Generate(suite);
                encryption = await institution.CertifyHalfAsync(app.Services, key.PublicKey.Spki, plan, signing.Der, cancel);
            }

            waiting.Enqueue(new(trust, signing, suite, encryption));
        }

        return waiting;
    }

    private static async Task PoolFullAsync(string file, int keys, CancellationToken cancel)
    {
        await using var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await db.OpenAsync(cancel);
        await using var command = db.CreateCommand();
        command.CommandText = "select count(*) from encryption_keys where state = 'Spare'";
        while ((long)(await command.ExecuteScalarAsync(cancel))! < keys)
        {
            await Task.Delay(500, cancel);
        }
    }
}

/// <summary>What a block of renewals took.</summary>
/// <param name="Count">Renewals.</param>
/// <param name="Wall">Seconds.</param>
/// <param name="Server">Processor seconds of the server.</param>
/// <param name="Database">Processor seconds of PostgreSQL.</param>
internal sealed record RenewalBlock(int Count, double Wall, double Server, double Database)
{
    /// <summary>Processor milliseconds of server and database for one.</summary>
    public double Milliseconds => (Server + Database) * 1000 / Count;
}

/// <summary>Memory of processes.</summary>
internal static class Memory
{
    /// <summary>Resident memory, MiB.</summary>
    public static double ResidentMiB(int processId) => Read(processId, "VmRSS:");

    /// <summary>Most resident memory so far, MiB.</summary>
    public static double PeakMiB(int processId) => Read(processId, "VmHWM:");

    private static double Read(int processId, string field) =>
        double.Parse(File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(field, StringComparison.Ordinal))[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
}
