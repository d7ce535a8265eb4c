using Org.BouncyCastle.Crypto;

namespace Rekey.Pki.Algorithms;

/// <summary>
/// Stands where the library would hash the message, and answers with the e that was made elsewhere: a token or a page hands over
/// the digest, not the message. The identity that the library hashes first goes to nothing.
/// </summary>
internal sealed class Sm2GivenDigest(ReadOnlySpan<byte> e) : IDigest
{
    private readonly byte[] e = e.ToArray();

    public string AlgorithmName => "SM3";

    public int GetDigestSize() => Sm3.HashSize;

    public int GetByteLength() => 64;

    public void Update(byte input)
    {
    }

    public void BlockUpdate(byte[] input, int inOff, int inLen)
    {
    }

    public void BlockUpdate(ReadOnlySpan<byte> input)
    {
    }

    public int DoFinal(byte[] output, int outOff) => DoFinal(output.AsSpan(outOff));

    public int DoFinal(Span<byte> output)
    {
        e.CopyTo(output);
        return e.Length;
    }

    public void Reset()
    {
    }
}
