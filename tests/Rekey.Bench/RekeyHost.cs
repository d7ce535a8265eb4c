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

    public static async Task<RekeyHost> StartAsync(StoreEngine engine, int holders, CancellationToken cancel, Func<Institution, Task>? more = null)
    {
        PrivatePostgres.Durable = true;
        var plan = new InstitutionPlan
        {
            Directory = Path.Combine(Path.GetTempPath(), $"rekey-bench-{Guid.NewGuid():N}"),
            Portal = new($"http://127.0.0.1:{Ports.Free()}"),
            Publisher = new($"http://127.0.0.1:{Ports.Free()}"),
            CaSuite = AlgorithmSuite.P256,
            Postgres = engine == StoreEngine.Postgres,
        };
        var institution = await Institution.CreateAsync(plan, SoftHsm.Host, cancel);
        var waiting = await EnrolAsync(institution, holders, cancel);
        if (more is not null)
        {
            await more(institution);
        }

        // Not a line for each request: what is measured is the service, and whoever reads its output.
        var process = await ServerProcess.StartAsync("all", plan.Directory, new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Warning" });
        var host = new RekeyHost(institution, engine, process, waiting);
        using var firstPage = await host.Http.GetAsync(new Uri("/CaUpdate/", UriKind.Relative), cancel);
        firstPage.EnsureSuccessStatusCode();
        return host;
    }

    /// <summary>Renews some of the holders' certificates, several at a time.</summary>
    public async Task<RenewalBlock> RenewAsync(int count, int concurrency, CancellationToken cancel)
    {
        var batch = Enumerable.Range(0, count).Select(_ => waiting.Dequeue()).ToList();
        var address = new Uri(Institution.Plan.Portal, "/.well-known/cmp");
        var (server, database) = (Cpu.Seconds(process.Id), DatabaseSeconds());
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel }, async (r, ct) => await r.RunAsync(Http, address, ct));
        return new(count, clock.Elapsed.TotalSeconds, Cpu.Seconds(process.Id) - server, DatabaseSeconds() - database);
    }

    /// <summary>Processor seconds of the server process.</summary>
    public double ServerSeconds() => Cpu.Seconds(process.Id);

    /// <summary>Processor seconds of PostgreSQL; 0 for SQLite, whose work is the server's own.</summary>
    public double DatabaseSeconds() => Engine == StoreEngine.Postgres ? Cpu.Seconds(PrivatePostgres.ProcessId) : 0;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    private static async Task<Queue<SoftwareRenewal>> EnrolAsync(Institution institution, int holders, CancellationToken cancel)
    {
        await using var app = ServerHost.BuildAll(ServerSettings.Load(institution.Directory), TimeProvider.System);
        var trust = Rekey.Pki.Cmp.CmpTrust.FromPem(await File.ReadAllTextAsync(institution.RootFile, cancel));
        var waiting = new Queue<SoftwareRenewal>();
        for (var i = 0; i < holders; i++)
        {
            var plan = new TokenPlan("bench", "云泽市测量科", string.Create(CultureInfo.InvariantCulture, $"YZ-B-{i:000000}"), 30, AlgorithmSuite.P256);
            waiting.Enqueue(new(trust, await institution.EnrolSoftwareAsync(app.Services, plan, cancel)));
        }

        return waiting;
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
