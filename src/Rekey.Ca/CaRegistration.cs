using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rekey.Ca.Authorisations;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Events;
using Rekey.Ca.Inner;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Ca.Takeover;
using Rekey.Ca.Upstream;
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
        foreach (var own in ca.OwnServices)
        {
            services.AddSingleton(own);
        }

        services.AddHostedService<ServiceCertificateRenewal>();
        AddRevocation(services, ca);
        return services;
    }

    /// <summary>Makes the CA the upstream of an RA in the same process.</summary>
    public static IServiceCollection AddRekeyCaInProcess(this IServiceCollection services)
    {
        services.TryAddSingleton<ICaUpstream, InProcessUpstream>();
        services.TryAddSingleton<IForeignStatus>(p => p.GetRequiredService<AskForeignStatus>());
        return services;
    }

    private static void AddIssuance(IServiceCollection services)
    {
        services.TryAddSingleton<RegistrationAuthorities>();
        services.TryAddSingleton<ServiceCertificates>();
        services.TryAddSingleton<IssueServiceCertificate>();
        services.TryAddSingleton<IssueRootCrl>();
        services.TryAddSingleton<RenewServiceCertificate>();
        services.TryAddSingleton<CaIdentity>();
        services.TryAddSingleton<VerifyMessage>();
        services.TryAddSingleton<OrderEncryptionKey>();
        services.TryAddSingleton<KmcExchange>();
        services.TryAddSingleton<TellKmc>();
        services.TryAddSingleton<HearRecoveries>();
        services.TryAddSingleton<EndLostOrders>();
        services.TryAddSingleton<PrepareEncryptionHalf>();
        services.TryAddSingleton<FirstAdministrators>();
        services.TryAddSingleton<TakePlace>();
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
        services.TryAddSingleton(p => new ForeignStatus(ca.Profiles.Zone, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<RegisterForeignIssuer>();
        services.TryAddSingleton<AdoptForeignCertificate>();
        services.TryAddSingleton<AskForeignStatus>();
        services.TryAddSingleton<FollowForeignCrls>();
        services.AddHostedService<CrlService>();
        services.AddJobs<CaDbContext>(p =>
        [
            new("foreign-crls", TimeSpan.FromMinutes(10), (_, ct) => p.GetRequiredService<FollowForeignCrls>().RunAsync(ct)),
            new("end-unconfirmed", TimeSpan.FromMinutes(1), (_, ct) => p.GetRequiredService<EndUnconfirmed>().RunAsync(ct)),
            .. ca.Kmc is null ? (JobDefinition[])[] :
            [
                new("tell-kmc", TimeSpan.FromSeconds(10), (_, ct) => p.GetRequiredService<TellKmc>().RunAsync(ct)),
                new("hear-recoveries", TimeSpan.FromMinutes(1), (_, ct) => p.GetRequiredService<HearRecoveries>().RunAsync(ct)),
                new("lost-orders", EndLostOrders.Every, (_, ct) => p.GetRequiredService<EndLostOrders>().RunAsync(ct)),
            ],
        ]);
    }
}
