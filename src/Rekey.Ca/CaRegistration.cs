using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rekey.Ca.Events;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Store;

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
        services.TryAddSingleton<EventFeed>();
        services.TryAddSingleton<CertificateIssuer>();
        AddIssuance(services);
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
        services.TryAddSingleton<AnswerGeneral>();
        services.TryAddSingleton<CmpResponder>();
    }
}
