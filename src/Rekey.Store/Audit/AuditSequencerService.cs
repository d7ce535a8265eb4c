using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rekey.Store.Audit;

/// <summary>Runs the sequencer: soon after each commit, and once a second for what other processes committed.</summary>
internal sealed partial class AuditSequencerService<TContext>(
    AuditSequencer<TContext> sequencer, AuditTrail trail, ILogger<AuditSequencerService<TContext>> log) : BackgroundService
    where TContext : AuthorityDbContext
{
    // Entries that come together share one checkpoint; a checkpoint is due within a second.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private bool alarmed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // These waits are about the machine's real time, whatever date the institution lives at.
                await trail.Committed.WaitAsync(Look, stoppingToken);
                await Task.Delay(Gather, stoppingToken);
                while (await sequencer.RunOnceAsync(stoppingToken) == AuditSequencer<TContext>.Batch)
                {
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // whatever failed, the loop goes on, and the growing lag raises the alarm
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(log, trail.Options.Log, e);
            }

            Alarm();
        }
    }

    private void Alarm()
    {
        var lag = trail.Health.Lag;
        var alarm = lag > AuditHealth.AlarmAfter || trail.Health.Fault is not null;
        if (alarm && !alarmed)
        {
            LogAlarm(log, trail.Options.Log, lag, trail.Health.Fault ?? "none");
        }
        else if (!alarm && alarmed)
        {
            LogRecovered(log, trail.Options.Log);
        }

        alarmed = alarm;
    }
}
