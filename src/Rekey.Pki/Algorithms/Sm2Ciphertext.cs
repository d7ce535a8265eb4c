using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>What SM2 encryption makes (GB/T 32918.4-2016), in its parts; the order C1 C3 C2 is that of GM/T 0009.</summary>
/// <param name="X">x of the passing point C1, 32 octets, big-endian.</param>
/// <param name="Y">y of C1, 32 octets, big-endian.</param>
/// <param name="Hash">C3, 32 octets: shows that decryption was right.</param>
/// <param name="Data">C2, as long as the plain text.</param>
public sealed record Sm2Ciphertext(byte[] X, byte[] Y, byte[] Hash, byte[] Data)
{
    private const int HeadSize = 1 + (2 * Sm2Curve.FieldSize) + Sm3.HashSize;

    /// <summary>Reads a DER SM2Cipher (GM/T 0009-2012 clause 7.2).</summary>
    /// <exception cref="CryptographicException">Not such a structure.</exception>
    public static Sm2Ciphertext FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var value = Read(outer);
            outer.ThrowIfNotEmpty();
            return value;
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("the SM2 ciphertext cannot be read", e);
        }
    }

    /// <summary>The DER SM2Cipher: SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, data OCTET STRING }.</summary>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        Write(writer);
        return writer.Encode();
    }

    internal static Sm2Ciphertext Read(AsnReader reader)
    {
        var inner = reader.ReadSequence();
        var value = new Sm2Ciphertext(ReadCoordinate(inner), ReadCoordinate(inner), inner.ReadOctetString(), inner.ReadOctetString());
        inner.ThrowIfNotEmpty();
        return value.Hash.Length == Sm3.HashSize && value.Data.Length > 0 ? value : throw new AsnContentException("the SM2 ciphertext has parts of a wrong length");
    }

    internal void Write(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(X, isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(Y, isUnsigned: true, isBigEndian: true));
            writer.WriteOctetString(Hash);
            writer.WriteOctetString(Data);
        }
    }

    /// <summary>04 || X || Y || C3 || C2, as the library takes it.</summary>
    internal byte[] ToOctets() => [4, .. X, .. Y, .. Hash, .. Data];

    internal static Sm2Ciphertext FromOctets(byte[] octets) =>
        new(octets[1..33], octets[33..65], octets[65..HeadSize], octets[HeadSize..]);

    private static byte[] ReadCoordinate(AsnReader reader)
    {
        var number = new Org.BouncyCastle.Math.BigInteger(reader.ReadIntegerBytes().ToArray());
        return number.SignValue >= 0 && number.BitLength <= 8 * Sm2Curve.FieldSize
            ? Sm2Curve.Octets(number)
            : throw new AsnContentException("a coordinate of the SM2 ciphertext is out of range");
    }
}
