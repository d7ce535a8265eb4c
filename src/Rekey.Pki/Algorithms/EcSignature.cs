using System.Formats.Asn1;

namespace Rekey.Pki.Algorithms;

/// <summary>Signatures of curves: two numbers, which devices give side by side and X.509 carries as DER.</summary>
public static class EcSignature
{
    /// <summary>r || s, each as long as the curve's order, as SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 section 2.2.3, GM/T 0009-2012 clause 7.3).</summary>
    /// <param name="signature">An even number of octets, big-endian.</param>
    public static byte[] ToDer(ReadOnlySpan<byte> signature)
    {
        var half = signature.Length / 2;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(signature[..half]));
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(signature[half..]));
        }

        return writer.Encode();
    }

    /// <summary>The way back: r || s.</summary>
    /// <param name="der">A signature that is well formed, as one's own key makes it.</param>
    /// <param name="size">Octets of the curve's order.</param>
    public static byte[] FromDer(ReadOnlyMemory<byte> der, int size)
    {
        var plain = new byte[2 * size];
        var pair = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        foreach (var end in (int[])[size, 2 * size])
        {
            var number = pair.ReadIntegerBytes().Span.TrimStart((byte)0);
            number.CopyTo(plain.AsSpan(end - number.Length));
        }

        return plain;
    }

    private static ReadOnlySpan<byte> WithoutLeadingZeros(ReadOnlySpan<byte> number)
    {
        var first = number.IndexOfAnyExcept((byte)0);
        return first < 0 ? number[^1..] : number[first..];
    }
}
