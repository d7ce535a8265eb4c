using System.Formats.Asn1;
using Org.BouncyCastle.Utilities;

namespace Rekey.Pki.Algorithms;

/// <summary>The two forms of an SM2 signature: r || s as devices give it, and DER as X.509 carries it (GM/T 0009-2012 clause 7.3).</summary>
public static class Sm2Signature
{
    /// <summary>Octets of r || s.</summary>
    public const int Size = 2 * Sm2Curve.FieldSize;

    /// <summary>r || s as DER SEQUENCE { r INTEGER, s INTEGER }.</summary>
    /// <param name="signature">64 octets, big-endian.</param>
    public static byte[] ToDer(ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, Size, nameof(signature));
        return EcSignature.ToDer(signature);
    }

    /// <summary>DER SEQUENCE { r, s } as r || s.</summary>
    /// <returns>False when it is not DER or a number is not from 1 to n-1: a wrong signature, whatever it was made over.</returns>
    public static bool TryFromDer(ReadOnlyMemory<byte> der, out byte[] signature)
    {
        signature = new byte[Size];
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var (r, s) = (inner.ReadIntegerBytes(), inner.ReadIntegerBytes());
            inner.ThrowIfNotEmpty();
            return TryCopy(r.Span, signature.AsSpan(0, Sm2Curve.FieldSize)) && TryCopy(s.Span, signature.AsSpan(Sm2Curve.FieldSize));
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TryCopy(ReadOnlySpan<byte> integer, Span<byte> destination)
    {
        var number = new Org.BouncyCastle.Math.BigInteger(integer.ToArray());
        if (number.SignValue <= 0 || number.CompareTo(Sm2Curve.Domain.N) >= 0)
        {
            return false;
        }

        BigIntegers.AsUnsignedByteArray(number, destination);
        return true;
    }
}
