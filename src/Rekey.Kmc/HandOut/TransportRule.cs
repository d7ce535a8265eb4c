using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// To which keys an encryption key may be wrapped, and how. An SKF token opens an SM2 or RSA-2048 key with its container's signing key, which is of
/// the same kind; a PKCS#11 token opens any kind with an RSA transport key of its own.
/// </summary>
internal static class TransportRule
{
    /// <summary>Refuses a key that nothing is wrapped to.</summary>
    /// <param name="kind">What is carried.</param>
    /// <param name="transport">What it is to be wrapped to.</param>
    /// <param name="signingKey">The signing key of the same pair.</param>
    public static void Demand(AlgorithmSuite kind, PublicKey transport, PublicKey signingKey)
    {
        if (WhyNot(kind, transport, signingKey) is { } why)
        {
            throw new ProblemException(Problems.TransportKeyNotAllowed(why));
        }
    }

    /// <summary>Why not, in English; null when it may be.</summary>
    /// <param name="kind">What is carried.</param>
    /// <param name="transport">What it is to be wrapped to.</param>
    /// <param name="signingKey">The signing key of the same pair; null for a carrier, which has no pair.</param>
    public static string? WhyNot(AlgorithmSuite kind, PublicKey transport, PublicKey? signingKey) => transport.Suite.Family switch
    {
        KeyFamily.Rsa => IsSame(transport, signingKey) && kind != AlgorithmSuite.Rsa2048 ? $"a container's RSA signing key opens no {kind} key" : null,
        KeyFamily.Sm2 when kind != AlgorithmSuite.Sm2 => $"an SM2 key opens no {kind} key",
        KeyFamily.Sm2 => signingKey is null || IsSame(transport, signingKey) ? null : "an SM2 key is wrapped to the pair's own signing key",
        var other => $"{other} keys open nothing",
    };

    /// <summary>Wraps a private key.</summary>
    /// <param name="pkcs8">DER PKCS#8 in clear; the caller clears it.</param>
    /// <param name="transport">A key that <see cref="WhyNot"/> has nothing against.</param>
    /// <param name="signingKey">The signing key of the same pair; null for a carrier.</param>
    public static KeyEnvelope Wrap(ReadOnlyMemory<byte> pkcs8, PublicKey transport, PublicKey? signingKey)
    {
        if (transport.Suite.Family == KeyFamily.Rsa && IsSame(transport, signingKey))
        {
            return new(KeyEnvelopeForm.RsaEncryptedValue, RsaEncryptedValue.Create(transport, pkcs8.Span).ToDer());
        }

        if (transport.Sm2 is null)
        {
            // SHA-1 is what every token knows; OAEP does not rest on its resistance to collisions.
            var wrapped = WrappedKey.Create(transport.Spki, pkcs8.Span, System.Security.Cryptography.HashAlgorithmName.SHA1);
            return new(KeyEnvelopeForm.EnvelopedData, wrapped.ToDer());
        }

        using var key = Sm2PrivateKey.FromPkcs8(pkcs8);
        return new(KeyEnvelopeForm.Sm2EnvelopedKey, Sm2EnvelopedKey.Create(transport.Sm2, key).ToDer());
    }

    private static bool IsSame(PublicKey transport, PublicKey? signingKey) => signingKey is not null && transport.Spki.Span.SequenceEqual(signingKey.Spki.Span);
}
