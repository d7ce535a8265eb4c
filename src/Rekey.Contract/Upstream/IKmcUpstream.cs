namespace Rekey.Contract.Upstream;

/// <summary>
/// The way from CA to key-management centre. In one process or over mutual TLS the same signed octets are exchanged, so that nothing
/// depends on which.
/// </summary>
public interface IKmcUpstream
{
    /// <summary>Sends a CMP message of the CA (a nested one with a key order, or a general one with a notice) and returns the centre's answer, which may be an error message.</summary>
    /// <exception cref="KmcUnreachableException">No answer within the limit; whether the centre acted is unknown, and a repeat is safe.</exception>
    Task<byte[]> ExchangeAsync(byte[] message, CancellationToken cancel);
}

/// <summary>The key-management centre did not answer.</summary>
public sealed class KmcUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
