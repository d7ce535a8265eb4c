using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>
/// A public key, imported once. Importing costs more than verifying (a P-256 import is twice its verification), so whoever
/// verifies more than once with a key keeps the object. Instances can be used by several threads.
/// </summary>
public sealed class PublicKey : IDisposable
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;

    private PublicKey(ReadOnlyMemory<byte> spki, AlgorithmSuite suite, RSA? rsa, ECDsa? ecdsa, Sm2PublicKey? sm2)
    {
        Spki = spki;
        Suite = suite;
        this.rsa = rsa;
        this.ecdsa = ecdsa;
        Sm2 = sm2;
    }

    /// <summary>DER SubjectPublicKeyInfo (RFC 5280 section 4.1).</summary>
    public ReadOnlyMemory<byte> Spki { get; }

    /// <summary>The suite that the key belongs to.</summary>
    public AlgorithmSuite Suite { get; }

    /// <summary>The key where it is an SM2 key, which also enciphers; else null.</summary>
    public Sm2PublicKey? Sm2 { get; }

    /// <summary>SHA-256 over <see cref="Spki"/>: the key's identity in our stores.</summary>
    public byte[] Sha256 => SHA256.HashData(Spki.Span);

    /// <summary>Imports a DER SubjectPublicKeyInfo.</summary>
    /// <exception cref="UnsupportedKeyException">Not DER, not one of <see cref="AlgorithmSuite.All"/>, or not on its curve.</exception>
    public static PublicKey FromSpki(ReadOnlyMemory<byte> spki)
    {
        try
        {
            var (algorithm, curve) = Identifier(spki);
            return algorithm switch
            {
                "1.2.840.113549.1.1.1" => FromRsa(spki),
                "1.2.840.10045.2.1" when curve == Sm2Curve.Oid => new(spki, AlgorithmSuite.Sm2, null, null, Sm2PublicKey.FromSpki(spki)),
                "1.2.840.10045.2.1" => FromEc(spki, curve),
                var oid => throw new UnsupportedKeyException($"key algorithm {oid} is not supported"),
            };
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            throw new UnsupportedKeyException("the public key cannot be read", e);
        }
    }

    /// <summary>Verifies a signature made over <paramref name="data"/>.</summary>
    /// <param name="signatureOid">The signature algorithm that the message names; one that this kind of key does not make is a wrong signature.</param>
    /// <param name="data">The signed octets.</param>
    /// <param name="signature">As <see cref="ISigningKey.Sign"/> returns it.</param>
    public bool Verify(string signatureOid, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (SignatureAlgorithms.Find(signatureOid) is not { } algorithm || algorithm.Family != Suite.Family)
        {
            return false;
        }

        if (Sm2 is not null)
        {
            return Sm2Signature.TryFromDer(signature.ToArray(), out var plain) && Sm2.VerifyDigest(Sm2.Digest(data), plain);
        }

        try
        {
            return rsa is not null
                ? rsa.VerifyData(data, signature, algorithm.Hash, RSASignaturePadding.Pkcs1)
                : ecdsa!.VerifyData(data, signature, algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // a signature that is not even DER
        }
    }

    /// <summary>The RSA modulus, big-endian, or null for another family (for the ROCA test).</summary>
    public byte[]? RsaModulus() => rsa?.ExportParameters(false).Modulus;

    /// <inheritdoc/>
    public void Dispose()
    {
        rsa?.Dispose();
        ecdsa?.Dispose();
    }

    private static (string Algorithm, string? Curve) Identifier(ReadOnlyMemory<byte> spki)
    {
        var outer = new AsnReader(spki, AsnEncodingRules.DER);
        var algorithm = outer.ReadSequence().ReadSequence();
        outer.ThrowIfNotEmpty();
        var oid = algorithm.ReadObjectIdentifier();
        return (oid, algorithm.HasData && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier ? algorithm.ReadObjectIdentifier() : null);
    }

    private static PublicKey FromRsa(ReadOnlyMemory<byte> spki)
    {
        var key = ImportRsa(spki);
        var suite = AlgorithmSuite.All.FirstOrDefault(s => s.Family == KeyFamily.Rsa && s.KeyBits == key.KeySize);
        if (suite is null)
        {
            var bits = key.KeySize;
            key.Dispose();
            throw new UnsupportedKeyException($"RSA with {bits} bits is not supported");
        }

        return new PublicKey(spki, suite, key, null, null);
    }

    private static RSA ImportRsa(ReadOnlyMemory<byte> spki)
    {
        if (OpenSslImport.IsAvailable)
        {
            // RFC 8017 A.1.1: SEQUENCE { modulus, publicExponent }, both positive.
            var outer = new AsnReader(Subject(spki), AsnEncodingRules.DER);
            var key = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var (modulus, exponent) = (key.ReadIntegerBytes(), key.ReadIntegerBytes());
            key.ThrowIfNotEmpty();
            return OpenSslImport.Rsa(Positive(modulus.Span), Positive(exponent.Span));
        }

        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(spki.Span, out _);
        return rsa;
    }

    private static ReadOnlySpan<byte> Positive(ReadOnlySpan<byte> integer) =>
        integer[0] < 0x80 ? integer : throw new CryptographicException("a negative number in an RSA key");

    private static PublicKey FromEc(ReadOnlyMemory<byte> spki, string? curve)
    {
        // Named curves only: parameters spelled out have been a way to pass off other curves (CVE-2020-0601).
        var suite = AlgorithmSuite.All.FirstOrDefault(s => s.CurveOid is not null && s.CurveOid == curve)
            ?? throw new UnsupportedKeyException($"curve {curve ?? "with explicit parameters"} is not supported");
        return new PublicKey(spki, suite, null, ImportEc(suite, spki), null);
    }

    private static ECDsa ImportEc(AlgorithmSuite suite, ReadOnlyMemory<byte> spki)
    {
        // Uncompressed (SEC 1 section 2.3.3), as .NET demands as well.
        if (OpenSslImport.IsAvailable && Subject(spki).Span is [0x04, ..] point && point.Length == 1 + (2 * suite.KeyBits / 8))
        {
            return OpenSslImport.Ec(suite == AlgorithmSuite.P256 ? "prime256v1"u8 : "secp384r1"u8, point);
        }

        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(spki.Span, out _);
        return key;
    }

    /// <summary>The subjectPublicKey's octets.</summary>
    private static ReadOnlyMemory<byte> Subject(ReadOnlyMemory<byte> spki)
    {
        var key = new AsnReader(spki, AsnEncodingRules.DER).ReadSequence();
        key.ReadSequence();
        var octets = key.TryReadPrimitiveBitString(out var unused, out var bits) && unused == 0 ? bits : throw new AsnContentException("not whole octets");
        key.ThrowIfNotEmpty();
        return octets;
    }
}

/// <summary>A key of a kind, size or curve that no <see cref="AlgorithmSuite"/> covers, or that cannot be read at all.</summary>
public sealed class UnsupportedKeyException(string message, Exception? inner = null) : Exception(message, inner);
