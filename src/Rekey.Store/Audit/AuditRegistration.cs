using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Rekey.Store.Audit;

/// <summary>Registration of an authority's audit log.</summary>
public static class AuditRegistration
{
    /// <summary>
    /// Registers <see cref="Acts{TContext}"/>, <see cref="AuditLog{TContext}"/> and the sequencer. The context's model calls
    /// <see cref="AuditModel.AddAudit"/>, its first migration <see cref="AuditGuards.AddAuditGuards"/>.
    /// </summary>
    public static IServiceCollection AddAuditLog<TContext>(this IServiceCollection services, Func<IServiceProvider, AuditOptions> options)
        where TContext : AuthorityDbContext
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p => new Audited<TContext>(new AuditTrail(options(p), p.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton(p => ActivatorUtilities.CreateInstance<Acts<TContext>>(p, p.GetRequiredService<Audited<TContext>>().Trail));
        services.TryAddSingleton<AuditLog<TContext>>();
        services.TryAddSingleton(p => ActivatorUtilities.CreateInstance<AuditSequencer<TContext>>(p, p.GetRequiredService<Audited<TContext>>().Trail));
        services.AddHostedService(p => ActivatorUtilities.CreateInstance<AuditSequencerService<TContext>>(p, p.GetRequiredService<Audited<TContext>>().Trail));
        return services;
    }

    // Two authorities in one process have a trail each.
    private sealed record Audited<TContext>(AuditTrail Trail);
}
