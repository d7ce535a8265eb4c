using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Upstream;
using Rekey.Kmc;
using Rekey.Kmc.Master;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Notes;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Schema;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Kmc;

/// <summary>A key-management centre with a store and a master of its own, and the CA that it serves; nothing of it runs by itself.</summary>
public sealed class TestKmc : IAsyncDisposable
{
    public const string Passphrase = "correct horse";

    private readonly string directory;
    private readonly ServiceProvider services;

    private TestKmc(StoreEngine engine, TimeProvider time, TestKmcOptions options)
    {
        directory = Path.Combine(Path.GetTempPath(), $"rekey-kmc-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory);
        Time = time;
        Pki = options.Pki ?? new TestPki(now: time.GetUtcNow());
        Signer = Pki.Issue("CN=Test KMC", Pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.CmKga]);
        Store = engine == StoreEngine.Sqlite ? StoreOptions.SqliteFile(Path.Combine(directory, "kmc.db")) : PrivatePostgres.NewDatabase();
        Safe = options.Safe?.Invoke(directory) ?? new MasterFiles(directory, Passphrase);
        var masters = new MasterKeys(Safe);
        masters.Make(1);
        Centre = Open(masters, options);
        services = Services(time, options.Interceptors);
    }

    public TestPki Pki { get; }

    public TimeProvider Time { get; }

    public TestPki.Entity Signer { get; }

    public StoreOptions Store { get; }

    public IMasterSafe Safe { get; }

    public string Folder => directory;

    public KeyCentre Centre { get; }

    public Certificate Certificate => Certificate.FromDer(Signer.Der);

    /// <summary>The centre as the CA knows it.</summary>
    public PinnedSigner Pinned => new(Certificate, Oids.CmKga, Centre.Chains);

    public IKmcUpstream Upstream => Service<IKmcUpstream>();

    public static async Task<TestKmc> CreateAsync(StoreEngine engine, TimeProvider time, TestKmcOptions? options = null)
    {
        var kmc = new TestKmc(engine, time, options ?? new());
        await using (var db = await kmc.DbAsync())
        {
            await StoreSchema.MigrateAsync(db, CancellationToken.None);
        }

        await kmc.Service<OpenMaster>().RunAsync(CancellationToken.None);
        return kmc;
    }

    public T Service<T>()
        where T : notnull => services.GetRequiredService<T>();

    public Task<KmcDbContext> DbAsync() => Service<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync();

    /// <summary>The audit log's entries about one kind of event.</summary>
    public async Task<int> AuditedAsync(string kind)
    {
        await using var db = await DbAsync();
        return await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == kind);
    }

    /// <summary>Gives the audit log's entries their places, as the running service does all the time.</summary>
    public async Task SequenceAsync()
    {
        while (await Service<AuditSequencer<KmcDbContext>>().RunOnceAsync(CancellationToken.None) > 0)
        {
        }
    }

    /// <summary>Sends what the CA would, and returns the centre's answer.</summary>
    public async Task<CmpMessage> AskAsync(byte[] message) => CmpMessage.Parse(await Upstream.ExchangeAsync(message, CancellationToken.None));

    /// <summary>The CA's order around a holder's message.</summary>
    public byte[] Order(KeyOrder order, CmpMessage holder) => order.Wrap(holder, Certificate.Subject.Encoded.ToArray(), Pki.Cmp, Time.GetUtcNow());

    /// <summary>Orders a key as the CA does.</summary>
    public async Task<HandedOutKey> HandOutAsync(KeyOrder order, CmpMessage holder)
    {
        var question = Order(order, holder);
        return HandedOutKey.Read(await AskAsync(question), Pinned, CmpMessage.Parse(question), Time.GetUtcNow());
    }

    /// <summary>Tells how an order ended, as the CA does.</summary>
    public async Task NotifyAsync(KeyOrder order, KeyOrderEnd end)
    {
        var header = new CmpHeader(3, Certificate.Subject.Encoded.ToArray(), order.OrderId, null, Time.GetUtcNow());
        var question = new KeyNotice(order.OrderId, order.CertReqId, end).ToMessage(header, Pki.Cmp);
        KmcMessages.RequireTaken(await AskAsync(question), Pinned, CmpMessage.Parse(question), Time.GetUtcNow());
    }

    /// <summary>Asks for recoveries as the CA does.</summary>
    /// <param name="heard">Orders that the CA has passed on.</param>
    public async Task<IReadOnlyList<KeyRecovery>> RecoveriesAsync(params byte[][] heard)
    {
        var header = new CmpHeader(3, Certificate.Subject.Encoded.ToArray(), System.Security.Cryptography.RandomNumberGenerator.GetBytes(16), null, Time.GetUtcNow());
        var question = new RecoveriesQuestion(heard).ToMessage(header, Pki.Cmp);
        return RecoveriesAnswer.Read(await AskAsync(question), Pinned, CmpMessage.Parse(question), Time.GetUtcNow()).Recoveries;
    }

    /// <summary>Asks for open orders, as the CA does.</summary>
    public async Task<OpenOrders> OpenOrdersAsync(OpenOrdersQuestion wanted)
    {
        var question = wanted.ToMessage(new CmpHeader(2, Certificate.Subject.Encoded.ToArray(), RandomNumberGenerator.GetBytes(16), null, Time.GetUtcNow()), Pki.Cmp);
        return OpenOrders.Read(await AskAsync(question), Pinned, CmpMessage.Parse(question), Time.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        Centre.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    private KeyCentre Open(MasterKeys masters, TestKmcOptions options)
    {
        var chains = new ChainValidator([Certificate.FromDer(Pki.Root.Der)], [Certificate.FromDer(Pki.Issuing.Der)]);
        return new(
            Store, new AuditOptions("kmc", "pki.yunze.example/audit/kmc", Ed25519Key.Generate()), masters, CmpSigner.Of(Signer.Key, Signer.Der, Pki.Issuing.Der),
            new PinnedSigner(Certificate.FromDer(Pki.CmpSigner.Der), Oids.CmcCa, chains), chains)
        {
            Pool = options.Pool,
            Recovery = options.Recovery?.Invoke(Pki) ?? new(),
        };
    }

    private ServiceProvider Services(TimeProvider time, IReadOnlyList<IInterceptor> interceptors)
    {
        var registered = new ServiceCollection().AddLogging().AddSingleton(time);
        registered.AddRekeyKmc(Centre).AddRekeyKmcInProcess();
        if (interceptors.Count > 0)
        {
            registered.ConfigureDbContext<KmcSqliteDbContext>(b => b.AddInterceptors(interceptors)).ConfigureDbContext<KmcPostgresDbContext>(b => b.AddInterceptors(interceptors));
        }

        return registered.BuildServiceProvider();
    }
}

/// <summary>What a test wants of its centre.</summary>
public sealed record TestKmcOptions
{
    public PoolOptions Pool { get; init; } = new() { Spare = new Dictionary<string, int>(), CpuPercent = 100 };

    public Func<TestPki, RecoveryOptions>? Recovery { get; init; }

    public Func<string, IMasterSafe>? Safe { get; init; }

    public TestPki? Pki { get; init; }

    public IReadOnlyList<IInterceptor> Interceptors { get; init; } = [];
}
