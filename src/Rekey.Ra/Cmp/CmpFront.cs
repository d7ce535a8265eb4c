using Rekey.Contract.Bridge;
using Rekey.Pki.Cmp;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Cmp;

/// <summary>
/// The CMP endpoint of agents and of third-party clients. The RA decides who may ask for what, wraps the message unchanged for the CA,
/// and hands back the CA's answer unchanged; only its refusals and the MAC of a shared secret are its own.
/// </summary>
internal sealed class CmpFront(DecideRequest decide, ISessionFeed feed, CaExchange ca, DecideEnrolment enrolment, CmpRefusal refusal)
{
    /// <summary>Answers a message. Every answer is a PKIMessage, refusals included (RFC 6712 section 3.1).</summary>
    /// <param name="request">The message as received.</param>
    /// <param name="sessionId">The session whose agent sent it; null for a client without a page.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, string? sessionId, CancellationToken cancel)
    {
        CmpMessage? message = null;
        try
        {
            // 1 read it, 2 decide
            message = CmpMessage.Parse(request);
            var decision = await decide.AsDecidedAsync(message, sessionId, cancel);

            // 3 the page is told
            if (decision.Statement is { RenewalId.Length: > 0 } renewal)
            {
                await feed.ServerStepAsync(renewal.RenewalId, ServerStep.KurReceived, cancel);
            }

            // 4 pass it on as it is, and learn what the CA did
            var answer = await ca.SendAsync(message, decision.Statement, cancel);

            // 5 answer
            return await enrolment.FinishAsync(decision, message, answer, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return await refusal.AnswerAsync(message, e, cancel);
        }
    }
}
