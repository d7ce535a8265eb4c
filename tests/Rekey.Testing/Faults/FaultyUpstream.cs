using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Testing.Faults;

/// <summary>The way from RA to CA, with faults.</summary>
internal sealed class FaultyUpstream(ICaUpstream ca, MessageFaults faults) : ICaUpstream
{
    public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) =>
        PassAsync(Name(message), () => ca.ExchangeAsync(message, cancel));

    // Reading events changes nothing at the CA; that it may fail is what counts.
    public Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel) => ca.EventsAsync(after, max, cancel);

    private static string Name(ReadOnlyMemory<byte> message) =>
        CmpRequests.Nested(CmpMessage.Parse(message)) is [var inner, ..] ? $"upstream {inner.Type}" : "upstream ?";

    private async Task<byte[]> PassAsync(string name, Func<Task<byte[]>> deliver)
    {
        try
        {
            return await faults.PassAsync(name, deliver);
        }
        catch (MessageLostException e)
        {
            throw new CaUnreachableException("the CA did not answer", e);
        }
    }
}
