using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>A private key in this process's memory: an unsealed server key, or a key of a test.</summary>
public sealed class SoftwareSigningKey : ISigningKey, IDisposable
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;

    private SoftwareSigningKey(RSA? rsa, ECDsa? ecdsa)
    {
        this.rsa = rsa;
        this.ecdsa = ecdsa;
        PublicKey = PublicKey.FromSpki(((AsymmetricAlgorithm?)rsa ?? ecdsa!).ExportSubjectPublicKeyInfo());
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Generates a key of the suite with the platform's random generator.</summary>
    public static SoftwareSigningKey Generate(AlgorithmSuite suite) => suite.Family switch
    {
        KeyFamily.Rsa => new(RSA.Create(suite.KeyBits), null),
        KeyFamily.Ecdsa => new(null, ECDsa.Create(ECCurve.CreateFromValue(suite.CurveOid!))),
        _ => throw new UnsupportedKeyException($"{suite} keys are not made here"),
    };

    /// <summary>Imports a DER PKCS#8 private key (RFC 5958). The caller clears <paramref name="pkcs8"/>.</summary>
    /// <exception cref="UnsupportedKeyException">Not a key of one of our suites.</exception>
    public static SoftwareSigningKey FromPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        var ec = ECDsa.Create();
        try
        {
            ec.ImportPkcs8PrivateKey(pkcs8, out _);
            return new(null, ec);
        }
        catch (CryptographicException)
        {
            ec.Dispose();
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return new(rsa, null);
        }
        catch (CryptographicException e)
        {
            rsa.Dispose();
            throw new UnsupportedKeyException("the private key cannot be read", e);
        }
    }

    /// <summary>The key as DER PKCS#8 in clear. The caller clears it after use.</summary>
    public byte[] ExportPkcs8() => ((AsymmetricAlgorithm?)rsa ?? ecdsa!).ExportPkcs8PrivateKey();

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) => rsa is not null
        ? rsa.SignData(data, PublicKey.Suite.Hash, RSASignaturePadding.Pkcs1)
        : ecdsa!.SignData(data, PublicKey.Suite.Hash, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    public void Dispose()
    {
        rsa?.Dispose();
        ecdsa?.Dispose();
        PublicKey.Dispose();
    }
}
