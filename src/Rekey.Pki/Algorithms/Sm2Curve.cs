using System.Formats.Asn1;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace Rekey.Pki.Algorithms;

/// <summary>The one curve of SM2 (GB/T 32918.5-2017) and what all uses of it share.</summary>
internal static class Sm2Curve
{
    /// <summary>Octets of a coordinate, of a scalar, of r and of s.</summary>
    public const int FieldSize = 32;

    /// <summary>id-ecPublicKey (RFC 5480 section 2.1.1).</summary>
    public const string EcPublicKeyOid = "1.2.840.10045.2.1";

    /// <summary>The curve (GM/T 0006-2012).</summary>
    public const string Oid = "1.2.156.10197.1.301";

    public static ECDomainParameters Domain { get; } = ECDomainParameters.FromX9ECParameters(CustomNamedCurves.GetByOid(GMObjectIdentifiers.sm2p256v1));

    /// <summary>The platform's random numbers, in the form that the library asks for.</summary>
    public static SecureRandom Random { get; } = new(new CryptoApiRandomGenerator(System.Security.Cryptography.RandomNumberGenerator.Create()));

    public static BigInteger Number(ReadOnlySpan<byte> octets) => new(1, octets);

    public static byte[] Octets(BigInteger number) => BigIntegers.AsUnsignedByteArray(FieldSize, number);

    public static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(EcPublicKeyOid);
            writer.WriteObjectIdentifier(Oid);
        }
    }

    /// <summary>Reads an AlgorithmIdentifier and refuses all but SM2's. Named curves only, as with the other curves.</summary>
    /// <exception cref="UnsupportedKeyException">Another algorithm, curve, or parameters spelled out.</exception>
    public static void ReadAlgorithm(AsnReader reader)
    {
        var algorithm = reader.ReadSequence();
        if (algorithm.ReadObjectIdentifier() != EcPublicKeyOid || algorithm.PeekTag() != Asn1Tag.ObjectIdentifier || algorithm.ReadObjectIdentifier() != Oid)
        {
            throw new UnsupportedKeyException("not an SM2 key");
        }

        algorithm.ThrowIfNotEmpty();
    }
}
