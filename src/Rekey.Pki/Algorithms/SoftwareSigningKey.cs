using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>A private key in this process's memory: an unsealed server key, or a key of a test.</summary>
public sealed class SoftwareSigningKey : ISigningKey, IDisposable
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;
    private readonly Sm2PrivateKey? sm2;

    private SoftwareSigningKey(RSA rsa)
    {
        this.rsa = rsa;
        PublicKey = PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo());
    }

    private SoftwareSigningKey(ECDsa ecdsa)
    {
        this.ecdsa = ecdsa;
        PublicKey = PublicKey.FromSpki(ecdsa.ExportSubjectPublicKeyInfo());
    }

    private SoftwareSigningKey(Sm2PrivateKey sm2)
    {
        this.sm2 = sm2;
        PublicKey = PublicKey.FromSpki(sm2.PublicKey.ToSpki());
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Generates a key of the suite with the platform's random generator.</summary>
    public static SoftwareSigningKey Generate(AlgorithmSuite suite) => suite.Family switch
    {
        KeyFamily.Rsa => new(RSA.Create(suite.KeyBits)),
        KeyFamily.Ecdsa => new(ECDsa.Create(ECCurve.CreateFromValue(suite.CurveOid!))),
        KeyFamily.Sm2 => new(Sm2PrivateKey.Generate()),
        _ => throw new UnsupportedKeyException($"{suite} keys are not made here"),
    };

    /// <summary>Imports a DER PKCS#8 private key (RFC 5958). The caller clears <paramref name="pkcs8"/>.</summary>
    /// <exception cref="UnsupportedKeyException">Not a key of one of our suites.</exception>
    public static SoftwareSigningKey FromPkcs8(ReadOnlyMemory<byte> pkcs8)
    {
        try
        {
            return Algorithm(pkcs8) switch
            {
                ("1.2.840.113549.1.1.1", _) => new(Import(RSA.Create(), pkcs8.Span)),
                ("1.2.840.10045.2.1", Sm2Curve.Oid) => new(Sm2PrivateKey.FromPkcs8(pkcs8)),
                _ => new(Import(ECDsa.Create(), pkcs8.Span)),
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw new UnsupportedKeyException("the private key cannot be read", e);
        }
    }

    /// <summary>The key as DER PKCS#8 in clear. The caller clears it after use.</summary>
    public byte[] ExportPkcs8() => sm2?.ExportPkcs8() ?? ((AsymmetricAlgorithm?)rsa ?? ecdsa!).ExportPkcs8PrivateKey();

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) =>
        rsa?.SignData(data, PublicKey.Suite.Hash, RSASignaturePadding.Pkcs1)
        ?? ecdsa?.SignData(data, PublicKey.Suite.Hash, DSASignatureFormat.Rfc3279DerSequence)
        ?? Sm2Signature.ToDer(sm2!.SignDigest(sm2.PublicKey.Digest(data)));

    /// <inheritdoc/>
    public void Dispose()
    {
        rsa?.Dispose();
        ecdsa?.Dispose();
        sm2?.Dispose();
        PublicKey.Dispose();
    }

    private static (string Algorithm, string? Curve) Algorithm(ReadOnlyMemory<byte> pkcs8)
    {
        var info = new AsnReader(pkcs8, AsnEncodingRules.BER).ReadSequence();
        info.ReadInteger();
        var algorithm = info.ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        return (oid, algorithm.HasData && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier ? algorithm.ReadObjectIdentifier() : null);
    }

    private static T Import<T>(T key, ReadOnlySpan<byte> pkcs8)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
