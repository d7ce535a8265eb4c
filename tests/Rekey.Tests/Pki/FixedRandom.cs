using Org.BouncyCastle.Security;

namespace Rekey.Tests.Pki;

/// <summary>Gives the random number that a published example was made with, once.</summary>
internal sealed class FixedRandom(string hex) : SecureRandom
{
    private byte[] left = Convert.FromHexString(hex);

    public override void NextBytes(byte[] buf) => NextBytes(buf.AsSpan());

    public override void NextBytes(byte[] buf, int off, int len) => NextBytes(buf.AsSpan(off, len));

    public override void NextBytes(Span<byte> buffer)
    {
        left.AsSpan(0, buffer.Length).CopyTo(buffer);
        left = left[buffer.Length..];
    }
}
