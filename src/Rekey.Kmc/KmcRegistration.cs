using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rekey.Contract.Upstream;
using Rekey.Kmc.Custody;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Inner;
using Rekey.Kmc.Master;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Store;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Jobs;

namespace Rekey.Kmc;

/// <summary>Wires the key-management centre into a host.</summary>
public static class KmcRegistration
{
    /// <summary>Registers the centre's services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="centre">The opened centre; the host disposes it.</param>
    public static IServiceCollection AddRekeyKmc(this IServiceCollection services, KeyCentre centre)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => centre); // by a factory, so that the host disposes it
        services.AddSingleton(centre.Master);
        services.AddAuthorityStore<KmcDbContext, KmcSqliteDbContext, KmcPostgresDbContext>(centre.Store);
        services.AddHostedService<KmcStartup>(); // the first of this part to start
        services.AddAuditLog<KmcDbContext>(_ => centre.Audit);
        services.TryAddSingleton<OpenMaster>();
        services.TryAddSingleton<KeyVault>();
        services.TryAddSingleton<KeyMaker>();
        services.TryAddSingleton<FillPool>();
        services.TryAddSingleton<VerifyOrder>();
        services.TryAddSingleton<HandOutKey>();
        services.TryAddSingleton<TakeNotice>();
        services.TryAddSingleton<TellRecoveries>();
        services.TryAddSingleton<ListOpenOrders>();
        services.TryAddSingleton<AnswerGeneral>();
        services.TryAddSingleton<KmcResponder>();
        services.TryAddSingleton(centre.Master.Safe);
        services.TryAddSingleton<RotateMaster>();
        services.TryAddSingleton<SplitMaster>();
        services.TryAddSingleton<VerifyRecovery>();
        services.TryAddSingleton<RecoveryTarget>();
        services.TryAddSingleton<RecoverKey>();
        services.AddJobs<KmcDbContext>(p => [new("pool", FillPool.Every, (_, ct) => p.GetRequiredService<FillPool>().RunAsync(ct))]);
        return services;
    }

    /// <summary>Makes the centre the one of a CA in the same process.</summary>
    public static IServiceCollection AddRekeyKmcInProcess(this IServiceCollection services)
    {
        services.TryAddSingleton<IKmcUpstream, InProcessKmc>();
        return services;
    }
}
