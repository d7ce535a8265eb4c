using Rekey.Contract.Upstream;

namespace Rekey.Kmc.Inner;

/// <summary>The centre for a CA in the same process: the same octets, without a network between.</summary>
internal sealed class InProcessKmc(KmcResponder responder) : IKmcUpstream
{
    /// <inheritdoc/>
    public Task<byte[]> ExchangeAsync(byte[] message, CancellationToken cancel) => responder.AnswerAsync(message, cancel);
}
