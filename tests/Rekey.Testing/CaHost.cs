using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Ca;
using Rekey.Ca.Certificates;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Events;
using Rekey.Ca.Issuers;
using Rekey.Ca.Publish;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;

namespace Rekey.Testing;

/// <summary>A CA that runs: store, jobs, audit, and its publisher on a free loopback port, which its certificates name.</summary>
public sealed class CaHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private CaHost(TestCa ca, WebApplication app, string address)
    {
        Ca = ca;
        this.app = app;
        Address = address;
        Http = new() { BaseAddress = new(address) };
    }

    public TestCa Ca { get; }

    public string Address { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => app.Services;

    public IDbContextFactory<CaDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<CaDbContext>>();

    public static async Task<CaHost> StartAsync(
        StoreEngine engine, TimeProvider time, AlgorithmSuite? suite = null, Func<CeremonyOptions, CeremonyOptions>? change = null, Action<IServiceCollection>? more = null)
    {
        var address = $"http://127.0.0.1:{Ports.Free()}";
        var postgres = engine == StoreEngine.Postgres ? PrivatePostgres.NewDatabase() : null;
        var ca = new TestCa(time, suite, address, o => (change?.Invoke(o) ?? o) with { PostgresConnection = postgres?.ConnectionString });
        if (postgres is not null)
        {
            await MigrateAsync(postgres);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(time);
        builder.Services.AddRekeyCa(ca.Authority);
        builder.Services.AddRekeyPublisher();
        more?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseRekeyOcsp();
        app.MapRekeyPublisher();
        await app.StartAsync();
        return new(ca, app, address);
    }

    /// <summary>Puts a signed certificate into the store, as issuing does.</summary>
    public async Task<CertificateRecord> AddAsync(
        Certificate certificate, CertificateState state = CertificateState.Confirmed, CertificateRecord? renewedFrom = null)
    {
        await using var db = await Contexts.CreateDbContextAsync();
        var record = await AddAsync(db, Ca, certificate, state, renewedFrom);
        await db.SaveChangesAsync();
        return record;
    }

    public static async Task<CertificateRecord> AddAsync(
        CaDbContext db, TestCa ca, Certificate certificate, CertificateState state, CertificateRecord? renewedFrom = null)
    {
        var now = ca.Time.GetUtcNow();
        var chain = renewedFrom?.ChainId ?? Guid.NewGuid();
        if (renewedFrom is null)
        {
            db.Chains.Add(new() { Id = chain, CreatedAt = now });
        }

        var record = CertificateRecord.Of(
            certificate, await db.IssuerIdAsync(ca.Authority.Issuers[0], CancellationToken.None), "person-signing",
            certificate.Subject.Find(Oids.SubjectSerialNumber)!, chain, state, now, renewedFrom: renewedFrom?.Id);
        record.ConfirmBy = state == CertificateState.Unconfirmed ? now.AddDays(7) : null;
        record.ConfirmedAt = state == CertificateState.Confirmed ? now : null;
        db.Certificates.Add(record);
        db.Events.Add(new() { Kind = state == CertificateState.Confirmed ? EventKind.Confirmed : EventKind.Issued, Certificate = record, At = now });
        return record;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Ca.Dispose();
    }

    private static async Task MigrateAsync(StoreOptions options)
    {
        await using var services = new ServiceCollection().AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(options).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync();
        await Rekey.Store.Schema.StoreSchema.MigrateAsync(db, CancellationToken.None);
    }
}
