using System.Text;
using Rekey.Agent.Prompts;

namespace Rekey.Tests.Agent;

public sealed class AssuanTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("D 1234\nOK\n", "1234")]
    [InlineData("D 12%2534\nOK\n", "12%34")]
    [InlineData("D %E5%8F%A3%E4%BB%A4\nOK\n", "口令")]
    [InlineData("D 12\nD 34\nOK\n", "1234")]
    [InlineData("# a comment\nS PASSWORD_FROM_CACHE\n\nD 1\nOK bye\n", "1")]
    [InlineData("OK\n", "")]
    public async Task A_PIN_is_read(string answer, string expected)
    {
        using var assuan = Over(answer, out _);

        using var pin = await assuan.GetPinAsync(Cancel);

        Assert.Equal(expected, Encoding.UTF8.GetString(pin!.Value));
        Assert.Equal("***", pin.ToString());
    }

    [Theory]
    [InlineData("ERR 83886179 Operation cancelled <Pinentry>\n")]
    [InlineData("D 12\nERR 83886142 Timeout <Pinentry>\n")]
    public async Task A_refusal_is_no_PIN(string answer)
    {
        using var assuan = Over(answer, out _);

        Assert.Null(await assuan.GetPinAsync(Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("D 12")]
    [InlineData("HELLO\n")]
    [InlineData("D 1%G0\nOK\n")]
    public async Task What_is_not_the_protocol_is_an_error(string answer)
    {
        using var assuan = Over(answer, out _);

        await Assert.ThrowsAsync<IOException>(() => assuan.GetPinAsync(Cancel));
    }

    [Fact]
    public async Task A_line_without_end_is_an_error()
    {
        using var assuan = Over("D " + new string('1', 5000), out _);

        await Assert.ThrowsAsync<IOException>(() => assuan.GetPinAsync(Cancel));
    }

    [Fact]
    public async Task Data_where_none_was_asked_for_are_an_error()
    {
        using var assuan = Over("D 1234\nOK\n", out _);

        await Assert.ThrowsAsync<IOException>(() => assuan.SendAsync("CONFIRM", null, Cancel));
    }

    [Fact]
    public async Task A_text_cannot_become_a_command()
    {
        using var assuan = Over("OK\n", out var sent);

        await assuan.SendAsync("SETDESC", "CN=Eve\nGETPIN\r100 %\u0007", Cancel);

        Assert.Equal("SETDESC CN=Eve%0AGETPIN%0D100 %25 \n", Encoding.UTF8.GetString(sent.ToArray()));
    }

    private static Assuan Over(string answer, out MemoryStream sent)
    {
        sent = new MemoryStream();
        return new Assuan(new MemoryStream(Encoding.UTF8.GetBytes(answer)), sent);
    }
}
