using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Cmp;

/// <summary>
/// The CMP endpoint of agents and of third-party clients. The RA decides who may ask for what, wraps the message unchanged for the CA,
/// and hands back the CA's answer unchanged; only its refusals, its answers while a person decides, and the MAC of a shared secret are its own.
/// </summary>
internal sealed class CmpFront(DecideRequest decide, SessionFeed feed, CaExchange ca, DecideEnrolment enrolment, CmpRefusal refusal)
{
    /// <summary>Answers a message. Every answer is a PKIMessage, refusals included (RFC 6712 section 3.1).</summary>
    /// <param name="request">The message as received.</param>
    /// <param name="sessionId">The session whose agent sent it; null for a client without a page.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, string? sessionId, CancellationToken cancel)
    {
        CmpMessage? message = null;
        RequestDecision? decision = null;
        try
        {
            // 1 read it, 2 decide
            message = CmpMessage.Parse(request);
            decision = await decide.AsDecidedAsync(message, sessionId, cancel);
            if (decision.Answer is { } own)
            {
                return own; // a person decides first
            }

            // 3 the page is told
            if (decision is { SessionId: { } page, Statement: { } renewal })
            {
                await feed.ReceivedAsync(page, renewal.RenewalId, cancel);
            }

            // 4 pass it on as it is, or what it polls for as it was, and learn what the CA did
            var answer = await ca.SendAsync(decision.Held ?? message, decision.Statement, cancel);

            // 5 answer
            return await enrolment.FinishAsync(decision, message, answer, cancel);
        }
        catch (CaUnreachableException) when (message is { Type: CmpBodyType.PollRequest } && decision is not null)
        {
            return enrolment.Later(decision, message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return await refusal.AnswerAsync(message, e, cancel);
        }
    }
}
