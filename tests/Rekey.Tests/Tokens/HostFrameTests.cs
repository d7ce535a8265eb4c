using Rekey.Tokens.Host;

namespace Rekey.Tests.Tokens;

public sealed class HostFrameTests
{
    [Fact]
    public void A_frame_reads_back_and_its_payload_is_cleared_after_use()
    {
        using var stream = new MemoryStream();
        HostFrame.Write(stream, new LoginCall(7), HostJson.Default.HostCall, "1234"u8);
        Assert.DoesNotContain("1234", System.Text.Encoding.UTF8.GetString(stream.ToArray().AsSpan(8, stream.ToArray().Length - 12)), StringComparison.Ordinal);
        stream.Position = 0;

        var frame = HostFrame.Read(stream)!;
        var call = Assert.IsType<LoginCall>(frame.Header(HostJson.Default.HostCall));
        Assert.Equal(7, call.Token);
        Assert.True(frame.Payload.SequenceEqual("1234"u8));
        frame.Dispose();

        Assert.True(frame.Payload.IndexOfAnyExcept((byte)0) < 0);
        Assert.Null(HostFrame.Read(stream));
    }

    [Theory]
    [InlineData("00000000000000007b7d")] // no header
    [InlineData("7fffffff000000007b7d")] // too long a header
    [InlineData("000000027fffffff7b7d")] // too long a payload
    [InlineData("ffffffff000000007b7d")] // negative
    [InlineData("76656e646f7220736179732068656c6c6f")] // a library that prints
    public void What_is_no_frame_is_refused(string hex)
    {
        using var stream = new MemoryStream(Convert.FromHexString(hex));

        Assert.Throws<InvalidDataException>(() => HostFrame.Read(stream));
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("00000002000000007b")]
    [InlineData("00000002000000047b7d3132")]
    public void A_frame_cut_short_is_the_end(string hex)
    {
        using var stream = new MemoryStream(Convert.FromHexString(hex));

        Assert.Null(HostFrame.Read(stream));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"call\":\"format-token\"}")]
    [InlineData("{\"call\":\"login\",\"token\":1,\"pin\":\"1234\"}")]
    [InlineData("not json")]
    public void An_unknown_call_or_member_is_refused(string json)
    {
        using var frame = new HostFrame(System.Text.Encoding.UTF8.GetBytes(json), []);

        Assert.ThrowsAny<Exception>(() => frame.Header(HostJson.Default.HostCall));
    }
}
