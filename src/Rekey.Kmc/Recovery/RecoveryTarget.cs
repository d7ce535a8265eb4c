using Rekey.Contract.Problems;
using Rekey.Kmc.HandOut;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.Recovery;

/// <summary>The key that a recovered key is wrapped to. It never leaves as anything but an envelope.</summary>
internal sealed class RecoveryTarget(KeyCentre centre, TimeProvider time)
{
    /// <summary>Finds it.</summary>
    /// <param name="recovery">The order with what names the key.</param>
    /// <param name="kind">What is carried.</param>
    /// <returns>The key, and the signing key of its pair; null for a carrier.</returns>
    /// <exception cref="ProblemException">What is named is no key to wrap to.</exception>
    public (PublicKey Transport, PublicKey? SigningKey) Find(VerifiedRecovery recovery, AlgorithmSuite kind)
    {
        try
        {
            return recovery.Order.Kind == RecoveryKind.Holder ? Token(recovery, kind) : Carrier(recovery.Target, kind);
        }
        catch (Exception e) when (e is CmpInvalidException or MalformedException or UnsupportedKeyException)
        {
            throw Refused(e.Message, e);
        }
    }

    // The new token's transport key, in a request that the holder signed with a certificate that the token has now.
    private (PublicKey, PublicKey?) Token(VerifiedRecovery recovery, AlgorithmSuite kind)
    {
        var message = CmpMessage.Parse(recovery.Target);
        var proven = CmpRequests.Proven(message);
        var holder = Certificate.FromDer(message.ExtraCertificates is [var first, ..] ? first : throw Refused("the request names no signer"));
        if (!message.IsSignedBy(holder.PublicKey))
        {
            throw Refused("the holder's signature does not verify");
        }

        if (centre.Chains.Validate(holder, new ChainPolicy(time.GetUtcNow()) { RequiredUsage = KeyUsages.DigitalSignature }).Fault is { } fault)
        {
            throw Refused($"the holder's certificate is not accepted: {fault}");
        }

        if (holder.Subject.Find(Oids.SubjectSerialNumber) != recovery.Order.SubscriberId)
        {
            throw Refused("the request is another subscriber's");
        }

        var transport = PublicKey.FromSpki(proven.Encryption?.TransportSpki ?? throw Refused("the request names no key to wrap to"));
        return TransportRule.WhyNot(kind, transport, proven.Key) is { } why ? throw Refused(why) : (transport, proven.Key);
    }

    private static (PublicKey, PublicKey?) Carrier(byte[] der, AlgorithmSuite kind)
    {
        var carrier = Certificate.FromDer(der).PublicKey;
        return TransportRule.WhyNot(kind, carrier, null) is { } why ? throw Refused(why) : (carrier, null);
    }

    private static ProblemException Refused(string why, Exception? inner = null) => new(Problems.RecoveryTargetRefused(why), inner);
}
