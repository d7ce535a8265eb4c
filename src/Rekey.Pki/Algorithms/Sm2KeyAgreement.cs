using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Parameters;

namespace Rekey.Pki.Algorithms;

/// <summary>The key agreement of GB/T 32918.3-2016, each side with a lasting and a passing key.</summary>
public static class Sm2KeyAgreement
{
    /// <summary>Derives the shared key, which both sides do with their roles exchanged.</summary>
    /// <param name="initiator">Whether this side began.</param>
    /// <param name="own">This side's lasting key.</param>
    /// <param name="ownPassing">This side's key for this one agreement.</param>
    /// <param name="ownId">This side's identity.</param>
    /// <param name="peer">The other side's lasting key.</param>
    /// <param name="peerPassing">The other side's key for this one agreement.</param>
    /// <param name="peerId">The other side's identity.</param>
    /// <param name="length">Octets of the shared key.</param>
    /// <returns>The shared key; the caller clears it.</returns>
    public static byte[] Derive(
        bool initiator,
        Sm2PrivateKey own,
        Sm2PrivateKey ownPassing,
        ReadOnlySpan<byte> ownId,
        Sm2PublicKey peer,
        Sm2PublicKey peerPassing,
        ReadOnlySpan<byte> peerId,
        int length)
    {
        var exchange = new SM2KeyExchange();
        exchange.Init(new ParametersWithID(new SM2KeyExchangePrivateParameters(initiator, own.Parameters, ownPassing.Parameters), ownId.ToArray()));
        return exchange.CalculateKey(length * 8, new ParametersWithID(new SM2KeyExchangePublicParameters(peer.Parameters, peerPassing.Parameters), peerId.ToArray()));
    }
}
