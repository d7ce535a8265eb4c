using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rekey.Ca.Events;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Jobs;

namespace Rekey.Ca;

/// <summary>Wires the certification authority into a host.</summary>
public static class CaRegistration
{
    /// <summary>Registers the CA's services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="ca">The opened CA; the host disposes it.</param>
    public static IServiceCollection AddRekeyCa(this IServiceCollection services, CertificationAuthority ca)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(ca);
        services.AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(ca.Settings.Store);
        services.AddHostedService<CaStartup>(); // the first to start
        services.AddAuditLog<CaDbContext>(_ => ca.Audit);
        services.TryAddSingleton<EventFeed>();
        services.TryAddSingleton<CertificateIssuer>();
        AddIssuance(services);
        AddRevocation(services, ca);
        return services;
    }

    /// <summary>Makes the CA the upstream of an RA in the same process.</summary>
    public static IServiceCollection AddRekeyCaInProcess(this IServiceCollection services)
    {
        services.TryAddSingleton<ICaUpstream, InProcessUpstream>();
        return services;
    }

    private static void AddIssuance(IServiceCollection services)
    {
        services.TryAddSingleton<CaIdentity>();
        services.TryAddSingleton<VerifyMessage>();
        services.TryAddSingleton<IssueCertificate>();
        services.TryAddSingleton<ConfirmCertificate>();
        services.TryAddSingleton<RevokeByHolder>();
        services.TryAddSingleton<AnswerGeneral>();
        services.TryAddSingleton<CmpResponder>();
    }

    private static void AddRevocation(IServiceCollection services, CertificationAuthority ca)
    {
        services.TryAddSingleton(ca.Profiles);
        services.TryAddSingleton<ChangeStatus>();
        services.TryAddSingleton<EndUnconfirmed>();
        services.TryAddSingleton<IssueCrl>();
        services.AddJobs<CaDbContext>(p =>
        [
            new("crl", TimeSpan.FromSeconds(1), (_, ct) => p.GetRequiredService<IssueCrl>().RunAsync(ct)),
            new("end-unconfirmed", TimeSpan.FromMinutes(1), (_, ct) => p.GetRequiredService<EndUnconfirmed>().RunAsync(ct)),
        ]);
    }
}
