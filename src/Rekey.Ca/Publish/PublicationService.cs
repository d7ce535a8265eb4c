using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rekey.Ca.Publish;

/// <summary>Keeps what is published fresh: a changed status within a second, a new CRL within a second.</summary>
internal sealed partial class PublicationService(IPublicationSource source, OcspCache cache, CrlFiles files, ILogger<PublicationService> log)
    : BackgroundService
{
    private static readonly TimeSpan CrlLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        LoopAsync(FollowAsync, cache.Clear, stoppingToken), // what changed while we could not look is not known: nothing kept counts
        LoopAsync(RefreshAsync, () => { }, stoppingToken));

    private async Task FollowAsync(CancellationToken ct)
    {
        foreach (var changed in await source.ChangesAsync(ct))
        {
            cache.Spoil(changed);
        }
    }

    private async Task RefreshAsync(CancellationToken ct)
    {
        await files.RefreshAsync(ct);
        await Task.Delay(CrlLook, ct);
    }

    private async Task LoopAsync(Func<CancellationToken, Task> step, Action failed, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await step(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a store that is away for a moment must not end the publishing
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(log, e);
                failed();
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(4301, LogLevel.Error, "The publisher could not look for changes; the next look is in a second")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
