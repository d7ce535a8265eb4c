using System.Runtime.CompilerServices;

namespace Rekey.SoftToken.Abi;

/// <summary>
/// BLOCKCIPHERPARAM as an argument by value. Its size depends on the variant, 44 or 56 octets, but all calling conventions hand
/// structures of this size over in memory, so the longest form stands for both: the octets behind a shorter one are not looked at.
/// </summary>
[InlineArray(7)]
internal struct CipherParameterArgument
{
    private ulong first;
}

/// <summary>How a session key is used (BLOCKCIPHERPARAM, GM/T 0016-2012 clause 6.4.9).</summary>
/// <param name="Iv">Initialisation vector, 0 to 32 octets.</param>
/// <param name="Padding">Padded to whole blocks (PKCS#5).</param>
/// <param name="FeedbackBits">Bits fed back by CFB and OFB; 0 is a whole block.</param>
internal sealed record CipherParameter(byte[] Iv, bool Padding, int FeedbackBits)
{
    private const int LongestIv = 32;

    public static unsafe CipherParameter Read(Variant variant, ref CipherParameterArgument argument) =>
        Read(variant, (byte*)Unsafe.AsPointer(ref argument));

    public static unsafe CipherParameter Read(Variant variant, byte* structure)
    {
        SarException.ThrowIf(structure == null, Sar.InvalidParameter);
        var reader = new StructReader(variant, structure);
        var iv = reader.Octets(LongestIv);
        var (length, padding, feedback) = (reader.Ulong(), reader.Ulong(), reader.Ulong());
        SarException.ThrowIf(length > LongestIv || padding > 1 || feedback > 128 || feedback % 8 != 0, Sar.InvalidParameter);
        return new(iv[..(int)length], padding == 1, feedback == 0 ? 128 : (int)feedback);
    }
}
