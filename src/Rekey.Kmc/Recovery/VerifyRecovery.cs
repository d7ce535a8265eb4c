using System.Security.Cryptography;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;

namespace Rekey.Kmc.Recovery;

/// <summary>An order that enough persons signed, and what it is to be carried out to. Only <see cref="VerifyRecovery"/> makes one.</summary>
/// <param name="Order">The order.</param>
/// <param name="Target">What <see cref="RecoveryOrder.TargetSha256"/> names, DER.</param>
/// <param name="Signers">Their certificates.</param>
internal sealed record VerifiedRecovery(RecoveryOrder Order, byte[] Target, IReadOnlyList<Certificate> Signers);

/// <summary>
/// Verifies an order of recovery: it is valid now, and as many different persons as its kind needs have signed it with certificates that
/// the settings name. A signature that does not count refuses the whole order rather than being passed over: it should not be there.
/// </summary>
internal sealed class VerifyRecovery(KeyCentre centre, TimeProvider time)
{
    private const int Officers = 2;

    /// <summary>Verifies it.</summary>
    /// <exception cref="ProblemException">It does not hold.</exception>
    public VerifiedRecovery Verify(RecoveryOrder order, byte[] target, IReadOnlyList<RecoverySignature> signatures)
    {
        var now = time.GetUtcNow();
        if (now < order.From || now >= order.Until || order.Until - order.From > RecoveryOrder.Longest)
        {
            throw new ProblemException(Problems.RecoveryExpired());
        }

        if (!SHA256.HashData(target).AsSpan().SequenceEqual(order.TargetSha256))
        {
            throw new ProblemException(Problems.RecoveryTargetRefused("it is not the one that was signed"));
        }

        var (allowed, needed) = order.Kind == RecoveryKind.Holder
            ? (centre.Recovery.Officers, Officers)
            : ([.. centre.Recovery.Custodians.Select(c => c.Signing)], centre.Recovery.Threshold);
        foreach (var signature in signatures)
        {
            if (WhyNot(order, signature, allowed, now) is { } why)
            {
                throw new ProblemException(Problems.RecoverySignatureRefused(signature.Certificate.Subject.ToString()!, why));
            }
        }

        var persons = signatures.Select(s => s.Person!).Distinct(StringComparer.Ordinal).Count();
        return persons >= needed
            ? new(order, target, [.. signatures.Select(s => s.Certificate)])
            : throw new ProblemException(Problems.RecoveryNotSigned(persons, needed));
    }

    private string? WhyNot(RecoveryOrder order, RecoverySignature signature, IReadOnlyList<Certificate> allowed, DateTimeOffset now)
    {
        var certificate = signature.Certificate;
        return !allowed.Contains(certificate) ? "the certificate is not one of those that may"
            : centre.Chains.Validate(certificate, new ChainPolicy(now) { RequiredUsage = KeyUsages.DigitalSignature }).Fault is { } fault ? $"the certificate is not accepted: {fault}"
            : signature.Person is not { Length: > 0 } person ? "the certificate names no person"
            : person == order.SubscriberId ? "nobody orders the recovery of a key of their own"
            : !signature.Verifies(order) ? "the signature is not over this order"
            : null;
    }
}
