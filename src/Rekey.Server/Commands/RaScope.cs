using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Schema;

namespace Rekey.Server.Commands;

/// <summary>The RA's store and audit log for one command, beside a service that may be running.</summary>
internal static class RaScope
{
    /// <summary>Opens the store for acts, which are entered into the audit log as the command line's.</summary>
    public static async Task<ServiceProvider> OpenAsync(ServerSettings settings, CancellationToken cancel)
    {
        var services = new ServiceCollection();
        services.AddLogging(l => l.AddFilter(level => level >= LogLevel.Warning).AddConsole());
        services.AddSingleton(TimeProvider.System);
        services.AddAuthorityStore<RaDbContext, RaSqliteDbContext, RaPostgresDbContext>(settings.RaStore);
        var audit = Parts.OpenRaAudit(settings);
        services.AddAuditLog<RaDbContext>(_ => audit);
        var provider = services.BuildServiceProvider();
        await using var db = await provider.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(cancel);
        await StoreSchema.DemandCurrentAsync(db, cancel);
        return provider;
    }

    /// <summary>Begins an act.</summary>
    public static Task<Act<RaDbContext>> ActAsync(this IServiceProvider services, CancellationToken cancel) =>
        services.GetRequiredService<Acts<RaDbContext>>().BeginAsync(cancel);
}
