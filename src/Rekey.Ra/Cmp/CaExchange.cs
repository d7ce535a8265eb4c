using Microsoft.Extensions.Logging;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Ra.Cmp;

/// <summary>One exchange with the CA: the holder's message goes as it is, in the RA's; then the RA learns from the CA's events what became of it, as after a crash.</summary>
internal sealed partial class CaExchange(RaIdentity identity, ICaUpstream ca, CaFollower follower, TimeProvider time, ILogger<CaExchange> log)
{
    /// <summary>Sends a message and follows the events.</summary>
    /// <param name="message">The holder's.</param>
    /// <param name="statement">What the RA states about it, or null.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The CA's answer, as it came.</returns>
    /// <exception cref="CaUnreachableException">The CA does not answer.</exception>
    public async Task<byte[]> SendAsync(CmpMessage message, RaStatement? statement, CancellationToken cancel)
    {
        var answer = await ca.ExchangeAsync(CmpNesting.Wrap(message, statement, identity.CaName, identity.Signer, time.GetUtcNow()), cancel);
        try
        {
            await follower.CatchUpAsync(cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogBehind(log, e); // the answer stands; the follower tries again by itself
        }

        return answer;
    }

    [LoggerMessage(3113, LogLevel.Warning, "The CA's events could not be followed after an exchange")]
    private static partial void LogBehind(ILogger logger, Exception e);
}
