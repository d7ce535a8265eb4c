using System.Text;
using Rekey.Kmc.Recovery;

namespace Rekey.Tests.Kmc;

public sealed class RecoveryOrderTests
{
    private static readonly RecoveryOrder Order = new(
        Convert.FromHexString("000102030405060708090a0b0c0d0e0f"), RecoveryKind.Judicial, "YZ-000123", Guid.ParseExact("00112233445566778899aabbccddeeff", "N"),
        Convert.FromHexString(new string('a', 64)), "Court order 云泽 2026-17", new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero), new(2026, 11, 6, 2, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_order_has_one_text_that_people_can_read()
    {
        Assert.Equal(
            """
            rekey recovery order v1
            id: 000102030405060708090a0b0c0d0e0f
            kind: judicial
            subscriber: YZ-000123
            key: 00112233445566778899aabbccddeeff
            target: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            from: 2026-11-05T02:00:00Z
            until: 2026-11-06T02:00:00Z
            reason: Court order 云泽 2026-17

            """.ReplaceLineEndings("\n"), Encoding.UTF8.GetString(Order.ToOctets()));
        Assert.Equal(Order.ToOctets(), RecoveryOrder.Parse(Order.ToOctets()).ToOctets());
    }

    [Theory]
    [InlineData("kind: judicial", "kind: Judicial")]
    [InlineData("kind: judicial", "kind: 1")]
    [InlineData("key: 0011", "key: 0011-")]
    [InlineData("id: 0001", "id: 00")]
    [InlineData("target: aa", "target: AA")]
    [InlineData("\nreason", "\n\nreason")]
    [InlineData("02:00:00Z", "02:00:00.0Z")]
    [InlineData("order v1", "order v2")]
    [InlineData("\n", "\r\n")]
    public void Another_text_that_says_the_same_is_no_order(string part, string instead)
    {
        var text = Encoding.UTF8.GetString(Order.ToOctets());
        Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => RecoveryOrder.Parse(Encoding.UTF8.GetBytes(text.Replace(part, instead, StringComparison.Ordinal))));
    }

    [Fact]
    public void A_value_with_a_line_end_is_no_order() =>
        Assert.Throws<FormatException>(() => RecoveryOrder.Parse((Order with { Reason = "x\nuntil: 2036-01-01T00:00:00Z" }).ToOctets()));
}
