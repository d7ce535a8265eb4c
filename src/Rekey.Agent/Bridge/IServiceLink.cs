using Rekey.Contract.Bridge;

namespace Rekey.Agent.Bridge;

/// <summary>What a renewal on a token needs of the service: through a page's session, or without a page from the command line.</summary>
internal interface IServiceLink
{
    /// <summary>Tells what happened, to the page or on the console.</summary>
    Task PostAsync(AgentEvent happened, CancellationToken cancel);

    /// <summary>Exchanges a CMP message (RFC 9811); a repeat after a lost answer sends the same octets.</summary>
    Task<byte[]> CmpAsync(byte[] message, CancellationToken cancel);
}
