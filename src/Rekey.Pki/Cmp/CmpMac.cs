using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;

namespace Rekey.Pki.Cmp;

/// <summary>Protection of a message by a shared secret: PasswordBasedMac (RFC 4210 section 5.1.3.1) and PBMAC1 (RFC 9481 section 6.1.2).</summary>
internal static class CmpMac
{
    public const string PasswordBasedMacOid = "1.2.840.113533.7.66.13";
    public const string Pbmac1Oid = "1.2.840.113549.1.5.14";

    /// <summary>The sender chooses the count and the receiver pays for it, so there is a ceiling.</summary>
    private const int MaxIterations = 1_000_000;

    private static readonly Dictionary<string, HashAlgorithmName> Hashes = new()
    {
        ["1.3.14.3.2.26"] = HashAlgorithmName.SHA1,
        ["2.16.840.1.101.3.4.2.1"] = HashAlgorithmName.SHA256,
        ["2.16.840.1.101.3.4.2.2"] = HashAlgorithmName.SHA384,
        ["2.16.840.1.101.3.4.2.3"] = HashAlgorithmName.SHA512,
    };

    // SHA-1 stays here because it is what a client of OpenSSL 3.0 sends unless told otherwise; as an HMAC it is not broken.
    private static readonly Dictionary<string, HashAlgorithmName> Hmacs = new()
    {
        ["1.3.6.1.5.5.8.1.2"] = HashAlgorithmName.SHA1,
        ["1.2.840.113549.2.7"] = HashAlgorithmName.SHA1,
        ["1.2.840.113549.2.9"] = HashAlgorithmName.SHA256,
        ["1.2.840.113549.2.10"] = HashAlgorithmName.SHA384,
        ["1.2.840.113549.2.11"] = HashAlgorithmName.SHA512,
    };

    public static bool Verify(AlgorithmIdentifier algorithm, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> data, ReadOnlySpan<byte> mac)
    {
        try
        {
            return CryptographicOperations.FixedTimeEquals(Compute(algorithm, secret, data), mac);
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or InvalidOperationException or CryptographicException or ArithmeticException)
        {
            return false; // parameters that we do not compute with
        }
    }

    public static byte[] Compute(AlgorithmIdentifier algorithm, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> data) =>
        algorithm.Algorithm.Id == Pbmac1Oid ? Pbmac1(algorithm, secret, data) : PasswordBasedMac(algorithm, secret, data);

    /// <summary>Fresh parameters of the same family as a request's, so that the client understands the answer.</summary>
    public static AlgorithmIdentifier Fresh(AlgorithmIdentifier like)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        if (like.Algorithm.Id == Pbmac1Oid)
        {
            var old = Pbmac1Params.GetInstance(like.Parameters);
            var pbkdf2 = Pbkdf2Params.GetInstance(old.KeyDerivationFunc.Parameters);
            var kdf = new Pbkdf2Params(salt, pbkdf2.IterationCountObject.IntValueExact, pbkdf2.KeyLengthObject?.IntValueExact ?? 32, pbkdf2.Prf);
            return new(like.Algorithm, new Pbmac1Params(new AlgorithmIdentifier(PkcsObjectIdentifiers.IdPbkdf2, kdf), old.MessageAuthScheme));
        }

        var pbm = PbmParameter.GetInstance(like.Parameters);
        return new(like.Algorithm, new PbmParameter(new DerOctetString(salt), pbm.Owf, pbm.IterationCount, pbm.Mac));
    }

    /// <summary>Parameters for a request of our own: PBMAC1 with PBKDF2 and HMAC-SHA-256.</summary>
    public static AlgorithmIdentifier NewPbmac1(int iterations)
    {
        var hmac = new AlgorithmIdentifier(PkcsObjectIdentifiers.IdHmacWithSha256, DerNull.Instance);
        var kdf = new Pbkdf2Params(RandomNumberGenerator.GetBytes(16), iterations, 32, hmac);
        return new(new DerObjectIdentifier(Pbmac1Oid), new Pbmac1Params(new AlgorithmIdentifier(PkcsObjectIdentifiers.IdPbkdf2, kdf), hmac));
    }

    private static byte[] PasswordBasedMac(AlgorithmIdentifier algorithm, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> data)
    {
        var parameters = PbmParameter.GetInstance(algorithm.Parameters) ?? throw new ArgumentException("PasswordBasedMac without parameters");
        var iterations = Limited(parameters.IterationCount);
        var hash = Hashes[parameters.Owf.Algorithm.Id];
        byte[] key = [.. secret, .. parameters.Salt.GetOctets()];
        for (var i = 0; i < iterations; i++)
        {
            key = CryptographicOperations.HashData(hash, key);
        }

        return CryptographicOperations.HmacData(Hmacs[parameters.Mac.Algorithm.Id], key, data);
    }

    private static byte[] Pbmac1(AlgorithmIdentifier algorithm, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> data)
    {
        var parameters = Pbmac1Params.GetInstance(algorithm.Parameters) ?? throw new ArgumentException("PBMAC1 without parameters");
        if (!parameters.KeyDerivationFunc.Algorithm.Equals(PkcsObjectIdentifiers.IdPbkdf2))
        {
            throw new ArgumentException("PBMAC1 with another key derivation than PBKDF2");
        }

        var kdf = Pbkdf2Params.GetInstance(parameters.KeyDerivationFunc.Parameters) ?? throw new ArgumentException("PBKDF2 without parameters");
        var length = kdf.KeyLengthObject?.IntValueExact ?? 32;
        if (length is < 16 or > 64)
        {
            throw new ArgumentException("PBMAC1 key length out of range");
        }

        var key = Rfc2898DeriveBytes.Pbkdf2(secret, kdf.Salt.GetOctets(), Limited(kdf.IterationCountObject), Hmacs[kdf.Prf.Algorithm.Id], length);
        return CryptographicOperations.HmacData(Hmacs[parameters.MessageAuthScheme.Algorithm.Id], key, data);
    }

    private static int Limited(DerInteger count) => count.IntValueExact is var n and > 0 and <= MaxIterations
        ? n : throw new ArgumentException("iteration count out of range");
}
