using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rekey.Ca.Ceremony;

/// <summary>Looks at start and four times a day after the certificates of the services in this process.</summary>
internal sealed partial class ServiceCertificateRenewal(
    IEnumerable<OwnService> services, RenewServiceCertificate renew, TimeProvider time, ILogger<ServiceCertificateRenewal> log) : BackgroundService
{
    // What fails is tried again in the same day; two weeks of trials pass before the doctor warns.
    private static readonly TimeSpan Pause = TimeSpan.FromHours(6);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var service in services)
            {
                await LookAsync(service, stoppingToken);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(OwnService service, CancellationToken ct)
    {
        try
        {
            if (await renew.RunAsync(service, ct))
            {
                LogTaken(log, service.File, service.Certificate.NotAfter);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // the service ends
        }
#pragma warning disable CA1031 // a store, a disk or an HSM that is away must not end the looking
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(log, e, service.File);
        }
    }

    [LoggerMessage(4401, LogLevel.Information, "{File} is used from now on, until {NotAfter:yyyy-MM-dd}")]
    private static partial void LogTaken(ILogger logger, string file, DateTimeOffset notAfter);

    [LoggerMessage(4402, LogLevel.Error, "{File} could not be renewed or taken up; the service goes on with what it has, the next look is in six hours")]
    private static partial void LogFailed(ILogger logger, Exception e, string file);
}
