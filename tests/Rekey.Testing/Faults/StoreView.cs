using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Kmc.Store;
using Rekey.Pki.Certificates;
using Rekey.Ra.Cmp;
using Rekey.Ra.Store;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Testing.Faults;

/// <summary>The stores of an institution as <see cref="StoreInvariants"/> looks at them, whoever runs on them.</summary>
/// <param name="Ca">The CA's store.</param>
/// <param name="Ra">The RA's store.</param>
/// <param name="Issuing">The CA that issues.</param>
/// <param name="Audit">Name and key of the CA's audit log.</param>
/// <param name="Publisher">Where OCSP is answered.</param>
/// <param name="Time">The institution's clock.</param>
/// <param name="Since">When the institution was made; certificates from before were arranged, not issued.</param>
/// <param name="Follow">Lets the RA follow the CA now, where it does not do so by itself.</param>
internal sealed record StoreView(
    IDbContextFactory<CaDbContext> Ca,
    IDbContextFactory<RaDbContext> Ra,
    Certificate Issuing,
    AuditOptions Audit,
    Uri Publisher,
    TimeProvider Time,
    DateTimeOffset Since,
    Func<CancellationToken, Task>? Follow = null) : IDisposable
{
    private ServiceProvider? Owned { get; init; }

    /// <summary>The key-management centre's store; null without one.</summary>
    public IDbContextFactory<KmcDbContext>? Kmc { get; init; }

    /// <summary>The stores of a server in this process.</summary>
    public static StoreView Of(IServiceProvider services, Uri publisher, TimeProvider time, DateTimeOffset since)
    {
        var ca = services.GetRequiredService<CertificationAuthority>();
        return new(
            services.GetRequiredService<IDbContextFactory<CaDbContext>>(),
            services.GetRequiredService<IDbContextFactory<RaDbContext>>(),
            ca.Issuers[0].Certificate, ca.Audit, publisher, time, since,
            services.GetRequiredService<CaFollower>().CatchUpAsync)
        { Kmc = services.GetService<IDbContextFactory<KmcDbContext>>() };
    }

    /// <summary>The stores in an institution's directory, on which a server of another process runs.</summary>
    public static StoreView Open(string directory, TimeProvider time, DateTimeOffset since)
    {
        var settings = ServerSettings.Load(directory);
        var ca = CertificationAuthority.Open(CaSettings.Load(settings.CaDirectory!));
        var services = Stores(settings.RaStore, ca.Settings.Store, settings.Kmc?.Store);
        return new StoreView(
            services.GetRequiredService<IDbContextFactory<CaDbContext>>(),
            services.GetRequiredService<IDbContextFactory<RaDbContext>>(),
            ca.Issuers[0].Certificate, ca.Audit, settings.Publish, time, since)
        { Owned = services, Kmc = services.GetService<IDbContextFactory<KmcDbContext>>() };
    }

    /// <summary>The same institution with copies of its stores, which a test may break.</summary>
    public StoreView With(StoreOptions ra, StoreOptions ca)
    {
        var services = Stores(ra, ca);
        return this with
        {
            Ca = services.GetRequiredService<IDbContextFactory<CaDbContext>>(),
            Ra = services.GetRequiredService<IDbContextFactory<RaDbContext>>(),
            Follow = null,
            Kmc = null,
            Owned = services,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Owned?.Dispose();

    private static ServiceProvider Stores(StoreOptions ra, StoreOptions ca, StoreOptions? kmc = null)
    {
        var services = new ServiceCollection()
            .AddAuthorityStore<RaDbContext, RaSqliteDbContext, RaPostgresDbContext>(ra)
            .AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(ca);
        return (kmc is null ? services : services.AddAuthorityStore<KmcDbContext, KmcSqliteDbContext, KmcPostgresDbContext>(kmc)).BuildServiceProvider();
    }
}
