using Rekey.Ca.Events;
using Rekey.Contract.Upstream;

namespace Rekey.Ca.Issuance;

/// <summary>The CA for an RA in the same process: the same octets, without a network between.</summary>
internal sealed class InProcessUpstream(CmpResponder responder, EventFeed feed) : ICaUpstream
{
    /// <inheritdoc/>
    public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) => responder.AnswerAsync(message, cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel) =>
        [.. (await feed.ReadAsync(after, max, cancel)).Select(e => UpstreamEvents.Of(e))];
}
