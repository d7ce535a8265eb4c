using System.Text;
using Rekey.Pki.Algorithms;

namespace Rekey.Tests.Pki;

public sealed class Sm3Tests
{
    /// <summary>GM/T 0004-2012 annex A.</summary>
    [Theory]
    [InlineData("abc", 1, "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0")]
    [InlineData("abcd", 16, "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732")]
    public void The_standard_s_examples_hold_whole_and_in_pieces(string text, int times, string hash)
    {
        var piece = Encoding.ASCII.GetBytes(text);
        var whole = Enumerable.Repeat(piece, times).SelectMany(p => p).ToArray();
        var pieces = new Sm3();
        for (var i = 0; i < times; i++)
        {
            pieces.Append(piece);
        }

        Assert.Equal(hash, Convert.ToHexString(Sm3.HashData(whole)));
        Assert.Equal(hash, Convert.ToHexString(pieces.GetHashAndReset()));
    }

    [Fact]
    public void After_a_hash_the_next_begins_empty()
    {
        var hash = new Sm3();
        hash.Append("abc"u8);
        hash.GetHashAndReset();
        hash.Append("abc"u8);

        Assert.Equal(Sm3.HashData("abc"u8), hash.GetHashAndReset());
    }
}
