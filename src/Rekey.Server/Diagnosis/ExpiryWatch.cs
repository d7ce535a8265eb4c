using Rekey.Server.Settings;

namespace Rekey.Server.Diagnosis;

/// <summary>Says in the log of a running service, at start and twice a day, which of its certificates end soon.</summary>
internal sealed partial class ExpiryWatch(ServerSettings settings, TimeProvider time, ILogger<ExpiryWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(12);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var expiry in Expiries.Of(settings))
            {
                switch (expiry.At(time.GetUtcNow()))
                {
                    case { Mark: Mark.Warn } soon:
                        LogSoon(log, soon.Text, soon.Action!);
                        break;
                    case { Mark: Mark.Red } urgent:
                        LogUrgent(log, urgent.Text, urgent.Action!);
                        break;
                }
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(9100, LogLevel.Warning, "{Expiry}; {Action}")]
    private static partial void LogSoon(ILogger logger, string expiry, string action);

    [LoggerMessage(9101, LogLevel.Error, "{Expiry}; {Action}")]
    private static partial void LogUrgent(ILogger logger, string expiry, string action);
}
