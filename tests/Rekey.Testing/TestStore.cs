using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Pki.Notes;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Schema;

namespace Rekey.Testing;

/// <summary>A CA's store, migrated, in a file or database of its own.</summary>
public sealed class TestStore : IDisposable
{
    private readonly string? file;
    private readonly ServiceProvider services;

    private TestStore(StoreOptions options, TimeProvider time, string? file, Action<string>? log)
    {
        this.file = file;
        Options = options;
        var registered = new ServiceCollection().AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(options);
        if (log is not null)
        {
            registered.ConfigureDbContext<CaSqliteDbContext>(b => b.LogTo(log)).ConfigureDbContext<CaPostgresDbContext>(b => b.LogTo(log));
        }

        services = registered.BuildServiceProvider();
        Contexts = services.GetRequiredService<IDbContextFactory<CaDbContext>>();
        AuditKey = Ed25519Key.Generate();
        Trail = new(new AuditOptions("ca", "pki.yunze.example/audit/ca", AuditKey), time);
        Acts = new(Contexts, Trail);
        Sequencer = new(Contexts, Trail, time);
    }

    public StoreOptions Options { get; }

    public IDbContextFactory<CaDbContext> Contexts { get; }

    public Ed25519Key AuditKey { get; }

    public AuditTrail Trail { get; }

    public Acts<CaDbContext> Acts { get; }

    public AuditSequencer<CaDbContext> Sequencer { get; }

    public AuditLog<CaDbContext> Log => new(Contexts);

    public static async Task<TestStore> CreateAsync(StoreEngine engine, TimeProvider time, bool migrate = true, Action<string>? log = null)
    {
        var file = engine == StoreEngine.Sqlite ? Path.Combine(Path.GetTempPath(), $"rekey-{Guid.NewGuid():N}.db") : null;
        var store = new TestStore(file is not null ? StoreOptions.SqliteFile(file) : PrivatePostgres.NewDatabase(), time, file, log);
        if (migrate)
        {
            await using var db = await store.Contexts.CreateDbContextAsync();
            await StoreSchema.MigrateAsync(db, CancellationToken.None);
        }

        return store;
    }

    public void Dispose()
    {
        services.Dispose();
        if (file is not null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            foreach (var part in new[] { file, $"{file}-wal", $"{file}-shm" })
            {
                File.Delete(part);
            }
        }
    }
}
