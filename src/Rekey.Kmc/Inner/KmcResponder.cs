using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Problems;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Kmc.Inner;

/// <summary>The centre's CMP edge: takes orders, notices and questions of the CA, answers with messages that only the centre can sign.</summary>
internal sealed partial class KmcResponder(
    KeyCentre centre, VerifyOrder verify, HandOutKey handOut, AnswerGeneral general, Acts<KmcDbContext> acts, TimeProvider time, ILogger<KmcResponder> log)
{
    /// <summary>Answers a message; refusals are answers too.</summary>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        CmpMessage? message = null;
        VerifiedOrder? order = null;
        try
        {
            message = CmpMessage.Parse(request);
            if (message.Type == CmpBodyType.Nested)
            {
                order = verify.Verify(message);
                return (await handOut.RunAsync(order, ct)).ToMessage(CmpHeader.Answering(message, time.GetUtcNow()), centre.Signer);
            }

            centre.RequireCa(message, time.GetUtcNow());
            return await general.RunAsync(message, CmpHeader.Answering(message, time.GetUtcNow()), ct);
        }
        catch (CmpInvalidException e)
        {
            LogRefused(log, e.Failure, e.Message, message);
            return Error(message, e.Failure, e.Message);
        }
        catch (ProblemException e)
        {
            LogRefused(log, CmpProblem.Failure(e.Problem), e.Problem.Code, message);
            if (order is not null) // only what the CA asked for: anybody could fill the log with messages that nobody signed
            {
                await acts.RecordAsync(HandOutAudit.Refused(order, e.Problem.Code), ct);
            }

            return Error(message, CmpProblem.Failure(e.Problem), CmpProblem.Text(e.Problem));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            LogFailed(log, e, incident, message);
            return Error(message, CmpFailure.SystemFailure, CmpProblem.Text(Problems.Internal(incident)));
        }
    }

    private byte[] Error(CmpMessage? about, CmpFailure failure, string text) =>
        CmpResponses.Error(failure, text, CmpHeader.Answering(about, time.GetUtcNow()), centre.Signer);

    [LoggerMessage(5100, LogLevel.Information, "Refused with {Failure}: {Reason} ({Message})")]
    private static partial void LogRefused(ILogger logger, CmpFailure failure, string reason, CmpMessage? message);

    [LoggerMessage(5101, LogLevel.Error, "Incident {Incident} ({Message})")]
    private static partial void LogFailed(ILogger logger, Exception e, string incident, CmpMessage? message);
}
