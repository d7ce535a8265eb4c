using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rekey.Store.Jobs;

/// <summary>Looks for due jobs once a second.</summary>
internal sealed partial class JobService<TContext>(JobRunner<TContext> runner, ILogger<JobService<TContext>> log) : BackgroundService
    where TContext : AuthorityDbContext
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seeded = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!seeded)
                {
                    await runner.SeedAsync(stoppingToken);
                    seeded = true;
                }

                while (await runner.RunOnceAsync(stoppingToken) > 0)
                {
                }

                await Task.Delay(Look, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a database that is away for a moment must not end the service
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(log, e);
                await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(7102, LogLevel.Error, "Looking for due jobs failed; the next look is in a second")]
    private static partial void LogFailed(ILogger logger, Exception e);
}

/// <summary>Registration of an authority's jobs.</summary>
public static class JobRegistration
{
    /// <summary>Registers the service that does jobs, with the jobs that the authority's features have.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="definitions">Makes the definitions.</param>
    public static IServiceCollection AddJobs<TContext>(this IServiceCollection services, Func<IServiceProvider, IEnumerable<JobDefinition>> definitions)
        where TContext : AuthorityDbContext
    {
        services.TryAddSingleton(p => ActivatorUtilities.CreateInstance<JobRunner<TContext>>(p, definitions(p)));
        services.AddHostedService<JobService<TContext>>();
        return services;
    }
}
