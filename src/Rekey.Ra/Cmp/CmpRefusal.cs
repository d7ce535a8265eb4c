using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Cmp;

/// <summary>The RA's own refusals in CMP: from what went wrong to a signed error message, a log line, and where a rule refused, an audit entry.</summary>
internal sealed partial class CmpRefusal(RaIdentity identity, Acts<RaDbContext> acts, TimeProvider time, ILogger<CmpRefusal> log)
{
    /// <summary>The error message for a failure.</summary>
    /// <param name="message">The message that it answers; null when it could not be read.</param>
    /// <param name="failure">What went wrong.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> AnswerAsync(CmpMessage? message, Exception failure, CancellationToken cancel)
    {
        switch (failure)
        {
            case CmpInvalidException e:
                LogRefused(log, e.Failure, e.Message, message);
                return Error(message, e.Failure, e.Message);
            case ProblemException e:
                LogRefused(log, CmpProblem.Failure(e.Problem), e.Problem.Code, message);
                await AuditAsync(message, e.Problem, cancel);
                return Error(message, CmpProblem.Failure(e.Problem), CmpProblem.Text(e.Problem));
            case CaUnreachableException e:
                LogUnreachable(log, e, message);
                return Error(message, CmpFailure.SystemUnavail, CmpProblem.Text(Problems.CaNotAnswering()));
            default:
                var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
                LogFailed(log, failure, incident, message);
                return Error(message, CmpFailure.SystemFailure, CmpProblem.Text(Problems.Internal(incident)));
        }
    }

    // A rule is asked only after the protection was verified, so that nobody fills the log with messages that nobody signed.
    private async Task AuditAsync(CmpMessage? message, Problem problem, CancellationToken cancel)
    {
        if (message is null)
        {
            return;
        }

        var target = message.IsMacProtected
            ? DecideEnrolment.Target(System.Text.Encoding.UTF8.GetString(message.SenderKeyId ?? []))
            : RenewalAudit.Target(SHA256.HashData(message.ExtraCertificates[0]));
        await acts.RecordAsync(
            new AuditEvent("request.refused", "cmp", target, AuditOutcome.Refused)
            {
                Details = new Dictionary<string, string> { ["message"] = message.Type.ToString(), ["problem"] = problem.Code },
            },
            cancel);
    }

    private byte[] Error(CmpMessage? message, CmpFailure failure, string text) =>
        CmpResponses.Error(failure, text, CmpHeader.Answering(message, time.GetUtcNow()), identity.Signer);

    [LoggerMessage(3110, LogLevel.Information, "CMP refused with {Failure}: {Reason} ({Message})")]
    private static partial void LogRefused(ILogger logger, CmpFailure failure, string reason, CmpMessage? message);

    [LoggerMessage(3111, LogLevel.Warning, "The CA did not answer ({Message})")]
    private static partial void LogUnreachable(ILogger logger, Exception e, CmpMessage? message);

    [LoggerMessage(3112, LogLevel.Error, "Incident {Incident} ({Message})")]
    private static partial void LogFailed(ILogger logger, Exception e, string incident, CmpMessage? message);
}
