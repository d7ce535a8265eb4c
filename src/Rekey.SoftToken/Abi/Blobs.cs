using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.SoftToken.Abi;

/// <summary>The structures that carry keys, signatures and ciphertexts (GM/T 0016-2012 clause 6.4).</summary>
internal static unsafe class Blobs
{
    /// <summary>Octets of a field for a number on a curve; SM2 uses the last 32.</summary>
    public const int FieldSize = 64;

    private const uint Sm2Bits = 256;
    private const int ModulusSize = 256;

    public static byte[] Sm2Public(Variant variant, Sm2PublicKey key) => new StructWriter(variant)
        .Ulong(Sm2Bits).Right(key.X.Span, FieldSize).Right(key.Y.Span, FieldSize).ToArray();

    public static Sm2PublicKey ReadSm2Public(Variant variant, byte* blob)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, blob);
        return ReadSm2Public(ref reader);
    }

    public static Sm2PrivateKey ReadSm2Private(Variant variant, byte* blob)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, blob);
        SarException.ThrowIf(reader.Ulong() != Sm2Bits, Sar.InputData);
        var scalar = reader.Number();
        try
        {
            return Sm2PrivateKey.FromScalar(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>r || s in two fields.</summary>
    public static byte[] Signature(Variant variant, ReadOnlySpan<byte> signature) =>
        new StructWriter(variant).Right(signature[..32], FieldSize).Right(signature[32..], FieldSize).ToOpenArray();

    public static byte[] ReadSignature(Variant variant, byte* blob)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, blob);
        return [.. reader.Number(), .. reader.Number()];
    }

    public static byte[] Cipher(Variant variant, Sm2Ciphertext value) => new StructWriter(variant)
        .Right(value.X, FieldSize).Right(value.Y, FieldSize).Left(value.Hash, 32).Ulong((uint)value.Data.Length).Left(value.Data, value.Data.Length).ToOpenArray();

    /// <param name="variant">The variant of the interface.</param>
    /// <param name="blob">Where it begins.</param>
    /// <param name="length">Octets that the caller says there are; null where the interface does not let it.</param>
    public static Sm2Ciphertext ReadCipher(Variant variant, byte* blob, uint? length = null)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        SarException.ThrowIf(length < (2 * FieldSize) + 32 + variant.UlongSize, Sar.InputLength);
        var reader = new StructReader(variant, blob);
        return ReadCipher(ref reader, length ?? CallerMemory.LongestData);
    }

    public static Sm2EnvelopedKey ReadEnvelopedKey(Variant variant, byte* blob)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, blob);
        SarException.ThrowIf(reader.Ulong() != 1, Sar.InvalidParameter);

        // ECB is what is meant; some callers name another mode of SM4.
        SarException.ThrowIf((reader.Ulong() & ~0x1Fu) != 0x400, Sar.NotSupportedYet);
        SarException.ThrowIf(reader.Ulong() != Sm2Bits, Sar.InputData);
        var encrypted = reader.Octets(FieldSize);
        var publicKey = ReadSm2Public(ref reader);
        return new(Sm2EnvelopedKey.Sm4EcbOid, ReadCipher(ref reader, CallerMemory.LongestData), publicKey, encrypted);
    }

    public static byte[] RsaPublic(Variant variant, RSA key)
    {
        var parameters = key.ExportParameters(false);
        return RsaPublic(variant, key, parameters).ToArray();
    }

    public static byte[] RsaPrivate(Variant variant, RSA key)
    {
        var p = key.ExportParameters(true);
        return RsaPublic(variant, key, p)
            .Right(p.D, ModulusSize).Right(p.P, ModulusSize / 2).Right(p.Q, ModulusSize / 2)
            .Right(p.DP, ModulusSize / 2).Right(p.DQ, ModulusSize / 2).Right(p.InverseQ, ModulusSize / 2).ToArray();
    }

    /// <summary>The numbers of a private key, or of a public key only.</summary>
    public static RSAParameters ReadRsa(Variant variant, byte* blob, bool isPrivate)
    {
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, blob);
        SarException.ThrowIf(reader.Ulong() != Sgd.Rsa, Sar.InputData);
        var size = (int)reader.Ulong() / 8;
        SarException.ThrowIf(size is < 128 or > ModulusSize || size % 2 != 0, Sar.ModulusLength);
        var parameters = new RSAParameters { Modulus = Last(reader.Octets(ModulusSize), size), Exponent = reader.Octets(4) };
        parameters.Exponent = parameters.Exponent.AsSpan().TrimStart((byte)0).ToArray();
        if (isPrivate)
        {
            parameters.D = Last(reader.Octets(ModulusSize), size);
            parameters.P = Last(reader.Octets(ModulusSize / 2), size / 2);
            parameters.Q = Last(reader.Octets(ModulusSize / 2), size / 2);
            parameters.DP = Last(reader.Octets(ModulusSize / 2), size / 2);
            parameters.DQ = Last(reader.Octets(ModulusSize / 2), size / 2);
            parameters.InverseQ = Last(reader.Octets(ModulusSize / 2), size / 2);
        }

        return parameters;
    }

    private static StructWriter RsaPublic(Variant variant, RSA key, RSAParameters parameters) => new StructWriter(variant)
        .Ulong(Sgd.Rsa).Ulong((uint)key.KeySize).Right(parameters.Modulus, ModulusSize).Right(parameters.Exponent, 4);

    private static Sm2PublicKey ReadSm2Public(ref StructReader reader)
    {
        SarException.ThrowIf(reader.Ulong() != Sm2Bits, Sar.InputData);
        return Sm2PublicKey.FromCoordinates(reader.Number(), reader.Number());
    }

    private static Sm2Ciphertext ReadCipher(ref StructReader reader, uint longest)
    {
        var (x, y, hash, length) = (reader.Number(), reader.Number(), reader.Octets(32), reader.Ulong());
        SarException.ThrowIf(length == 0 || length > longest - Math.Min(longest, (uint)reader.Position), Sar.InputLength);
        return new(x, y, hash, reader.Octets((int)length));
    }

    private static byte[] Last(byte[] field, int size) => field[^size..];
}
