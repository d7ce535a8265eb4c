using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// An order whose three proofs this centre verified itself: the CA's protection, the holder's, and the possession of the new signing key.
/// Only <see cref="VerifyOrder"/> makes one.
/// </summary>
/// <param name="Order">What the CA orders.</param>
/// <param name="RequesterSha256">Who signed the holder's message.</param>
/// <param name="OldSigningSpkiSha256">The key that signed it; null for a MAC.</param>
/// <param name="SigningKey">The new signing key.</param>
/// <param name="Transport">The key that the holder's own message names to wrap to.</param>
internal sealed record VerifiedOrder(KeyOrder Order, byte[] RequesterSha256, byte[]? OldSigningSpkiSha256, PublicKey SigningKey, PublicKey Transport)
{
    /// <summary>The kind of key that is ordered.</summary>
    public required AlgorithmSuite Kind { get; init; }

    /// <summary>Name in audit entries and logs.</summary>
    public string Target => TargetOf(Order.OrderId, Order.CertReqId);

    public static string TargetOf(byte[] orderId, int certReqId) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"order:{Convert.ToHexStringLower(orderId)}/{certReqId}");
}
