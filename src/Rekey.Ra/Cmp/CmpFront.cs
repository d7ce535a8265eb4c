using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Cmp;

/// <summary>
/// The CMP endpoint of agents and of third-party clients. The RA decides who may ask for what, wraps the message unchanged for the CA,
/// and hands back the CA's answer unchanged; only its refusals and the MAC of a shared secret are its own.
/// </summary>
internal sealed partial class CmpFront(
    RaIdentity identity, DecideRequest decide, DecideEnrolment enrolment, ICaUpstream ca, CaFollower follower, ISessionFeed feed, TimeProvider time, ILogger<CmpFront> log)
{
    /// <summary>Answers a message. Every answer is a PKIMessage, refusals included (RFC 6712 section 3.1).</summary>
    /// <param name="request">The message as received.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        CmpMessage? message = null;
        try
        {
            // 1 read it, 2 decide
            message = CmpMessage.Parse(request);
            var decision = await decide.AsDecidedAsync(message, cancel);

            // 3 pass it on, as it is
            if (decision.Statement is { RenewalId.Length: > 0 } renewal)
            {
                await feed.ServerStepAsync(renewal.RenewalId, ServerStep.KurReceived, cancel);
            }

            var nested = CmpNesting.Wrap(message, decision.Statement, identity.CaName, identity.Signer, time.GetUtcNow());
            var answer = await ca.ExchangeAsync(nested, cancel);

            // 4 learn what the CA did: from its events, as after a crash
            await FollowAsync(cancel);

            if (decision.SpendsReference is { } reference && CmpMessage.Parse(answer).Type == CmpBodyType.Confirmation)
            {
                await enrolment.SpendAsync(reference, cancel);
            }

            // 5 answer: the CA's octets, or the same body under the MAC of a client that knows no other key
            return decision.Secret is { } secret ? Again(answer, message, secret) : answer;
        }
        catch (CmpInvalidException e)
        {
            LogRefused(log, e.Failure, e.Message, message);
            return Error(message, e.Failure, e.Message);
        }
        catch (ProblemException e)
        {
            LogRefused(log, CmpProblem.Failure(e.Problem), e.Problem.Code, message);
            return Error(message, CmpProblem.Failure(e.Problem), CmpProblem.Text(e.Problem));
        }
        catch (CaUnreachableException e)
        {
            LogUnreachable(log, e, message);
            return Error(message, CmpFailure.SystemUnavail, CmpProblem.Text(Problems.CaNotAnswering()));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            LogFailed(log, e, incident, message);
            return Error(message, CmpFailure.SystemFailure, CmpProblem.Text(Problems.Internal(incident)));
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        try
        {
            await follower.CatchUpAsync(cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogBehind(log, e); // the answer stands; the follower tries again by itself
        }
    }

    private byte[] Again(byte[] answer, CmpMessage request, byte[] secret) =>
        CmpBuilder.ProtectAgainByMac(CmpMessage.Parse(answer), request, secret, time.GetUtcNow());

    private byte[] Error(CmpMessage? message, CmpFailure failure, string text)
    {
        var header = message is null
            ? new CmpHeader(2, CmpHeader.EmptyName, null, null, time.GetUtcNow())
            : CmpHeader.Answering(message, time.GetUtcNow());
        return CmpResponses.Error(failure, text, header, identity.Signer);
    }

    [LoggerMessage(3110, LogLevel.Information, "CMP refused with {Failure}: {Reason} ({Message})")]
    private static partial void LogRefused(ILogger logger, CmpFailure failure, string reason, CmpMessage? message);

    [LoggerMessage(3111, LogLevel.Warning, "The CA did not answer ({Message})")]
    private static partial void LogUnreachable(ILogger logger, Exception e, CmpMessage? message);

    [LoggerMessage(3112, LogLevel.Error, "Incident {Incident} ({Message})")]
    private static partial void LogFailed(ILogger logger, Exception e, string incident, CmpMessage? message);

    [LoggerMessage(3113, LogLevel.Warning, "The CA's events could not be followed after an exchange")]
    private static partial void LogBehind(ILogger logger, Exception e);
}
