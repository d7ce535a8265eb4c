using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rekey.Ca.Revocation;

/// <summary>
/// Looks once a second whether a CRL is due. Not one of the jobs in the table: a look costs one query, a job two durable writes, and
/// mostly nothing is due.
/// </summary>
internal sealed partial class CrlService(IssueCrl crls, ILogger<CrlService> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await crls.RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a store or HSM that is away for a moment must not end the CRLs
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(log, e);
            }

            await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(4202, LogLevel.Error, "A CRL that is due could not be made; the next look is in a second")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
