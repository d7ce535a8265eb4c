using Microsoft.Extensions.Logging;

namespace Rekey.Store.Audit;

internal sealed partial class AuditSequencerService<TContext>
{
    [LoggerMessage(7001, LogLevel.Error, "Audit log {Log}: sequencing failed; it is tried again")]
    private static partial void LogFailed(ILogger logger, string log, Exception e);

    [LoggerMessage(7002, LogLevel.Critical, "Audit log {Log} stands still: the oldest entry has been waiting for {Lag}; refused: {Fault}. Issuing stops after 60 s.")]
    private static partial void LogAlarm(ILogger logger, string log, TimeSpan lag, string fault);

    [LoggerMessage(7003, LogLevel.Warning, "Audit log {Log} is being written again")]
    private static partial void LogRecovered(ILogger logger, string log);
}
