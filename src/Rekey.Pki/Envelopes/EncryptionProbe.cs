using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Envelopes;

/// <summary>
/// Something that only the holder of an encryption key can open, made to see whether a token still can: before a renewal for the old key, after
/// it for the old and the new one.
/// </summary>
/// <param name="Suite">The kind of key.</param>
/// <param name="Ciphertext">
/// RSA: the secret under PKCS#1 v1.5 (RFC 8017 section 7.2), which every token opens. SM2: DER SM2Cipher (GM/T 0009-2012 clause 7.2) of the
/// secret. ECDSA curves: a passing point, 04 || X || Y, with which the token agrees on the secret (SP 800-56A section 5.7.1.2).
/// </param>
/// <param name="Secret">What opening gives: 16 octets, or the shared point's x, as long as the field.</param>
public sealed record EncryptionProbe(AlgorithmSuite Suite, byte[] Ciphertext, byte[] Secret)
{
    private const int SecretSize = 16; // an SM4 key, which SKF tokens open as a session key

    /// <summary>Makes one for a public key.</summary>
    public static EncryptionProbe For(PublicKey key)
    {
        if (key.Suite.Family == KeyFamily.Ecdsa)
        {
            return Agreement(key);
        }

        var secret = RandomNumberGenerator.GetBytes(SecretSize);
        if (key.Sm2 is { } sm2)
        {
            return new(key.Suite, sm2.Encrypt(secret).ToDer(), secret);
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.Spki.Span, out _);
        return new(key.Suite, rsa.Encrypt(secret, RSAEncryptionPadding.Pkcs1), secret);
    }

    /// <summary>Whether what a token opened is the secret.</summary>
    public bool IsOpenedAs(ReadOnlySpan<byte> opened) => CryptographicOperations.FixedTimeEquals(opened, Secret);

    private static EncryptionProbe Agreement(PublicKey key)
    {
        using var other = ECDiffieHellman.Create();
        other.ImportSubjectPublicKeyInfo(key.Spki.Span, out _);
        using var passing = ECDiffieHellman.Create(ECCurve.CreateFromValue(key.Suite.CurveOid!));
        var point = passing.ExportParameters(false).Q;
        return new(key.Suite, [4, .. point.X!, .. point.Y!], passing.DeriveRawSecretAgreement(other.PublicKey));
    }
}
