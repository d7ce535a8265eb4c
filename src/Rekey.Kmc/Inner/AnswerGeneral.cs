using Rekey.Kmc.HandOut;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.Inner;

/// <summary>The CA's general messages: what it asks, and what it tells.</summary>
internal sealed class AnswerGeneral(KeyCentre centre, TakeNotice take, TellRecoveries tell, ListOpenOrders open)
{
    /// <summary>Answers one that is the CA's.</summary>
    /// <param name="message">A genm.</param>
    /// <param name="header">Header of the answer.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="CmpInvalidException">It is about nothing that is known here.</exception>
    /// <exception cref="Contract.Problems.ProblemException">A notice that is not taken.</exception>
    public async Task<byte[]> RunAsync(CmpMessage message, CmpHeader header, CancellationToken ct)
    {
        if (RecoveriesQuestion.TryRead(message) is { } recoveries)
        {
            return (await tell.RunAsync(recoveries, ct)).ToMessage(header, centre.Signer);
        }

        if (OpenOrdersQuestion.TryRead(message) is { } orders)
        {
            return (await open.RunAsync(orders, ct)).ToMessage(header, centre.Signer);
        }

        await take.RunAsync(KeyNotice.Read(message), ct);
        return CmpResponses.Confirmation(header, centre.Signer);
    }
}
