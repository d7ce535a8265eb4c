using System.Security.Cryptography;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// Verifies an order. The CA says that a key is due and to whom; to what it is wrapped stands in what the holder signed, and nowhere
/// else, so that not even the CA can have a key wrapped to a key of its choice.
/// </summary>
internal sealed class VerifyOrder(KeyCentre centre, TimeProvider time)
{
    /// <summary>Verifies it.</summary>
    /// <param name="message">A nested message.</param>
    /// <exception cref="CmpInvalidException">A protection or proof does not verify, or a part cannot be read.</exception>
    /// <exception cref="ProblemException">The kind of key, or the key to wrap to, is not one that is served.</exception>
    public VerifiedOrder Verify(CmpMessage message)
    {
        centre.RequireCa(message, time.GetUtcNow());
        var order = KeyOrder.Read(message);
        var kind = KeyMaker.Kind(order.Kind);
        var holder = CmpRequests.Nested(message) is [var only] ? only : throw new CmpInvalidException(CmpFailure.BadRequest, "one message at a time");
        holder.RequireTransaction();
        var (proven, transport) = Wanted(holder, order.CertReqId);
        TransportRule.Demand(kind, transport, proven.Key);
        var (requester, old) = Requester(holder);
        return new(order, requester, old, proven.Key, transport) { Kind = kind };
    }

    private static (ProvenRequest Proven, PublicKey Transport) Wanted(CmpMessage holder, int certReqId)
    {
        try
        {
            var proven = CmpRequests.Proven(holder);
            var wanted = proven.Encryption is { } encryption && encryption.CertReqId == certReqId
                ? encryption : throw new ProblemException(Problems.TransportKeyNotAllowed("the holder's message asks for no such key"));
            return (proven, PublicKey.FromSpki(wanted.TransportSpki!));
        }
        catch (UnsupportedKeyException e)
        {
            throw new ProblemException(Problems.TransportKeyNotAllowed(e.Message), e);
        }
    }

    // Whether the signer's certificate is good is the CA's to judge, which knows its own and the taken-over ones; what is verified here is
    // that its key signed the key to wrap to. Behind a MAC, which only the RA can verify, the new signing key has signed it: what is proved
    // is whose the pair will be, by the certificate of that key and no other.
    private static (byte[] Requester, byte[]? OldSigningKey) Requester(CmpMessage holder)
    {
        if (holder.IsMacProtected)
        {
            return (SHA256.HashData([.. "ref:"u8, .. holder.SenderKeyId ?? []]), null);
        }

        try
        {
            var signer = Certificate.FromDer(holder.ExtraCertificates is [var first, ..] ? first : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the holder's message names no signer"));
            return holder.IsSignedBy(signer.PublicKey)
                ? (signer.Sha256, SHA256.HashData(signer.Spki.Span))
                : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the holder's protection does not verify");
        }
        catch (Exception e) when (e is MalformedException or UnsupportedKeyException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the holder's certificate cannot be read", e);
        }
    }
}
