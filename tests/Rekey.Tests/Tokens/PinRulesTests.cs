using System.Globalization;
using System.Text;
using Rekey.Tokens;
using Rekey.Tokens.Skf;

namespace Rekey.Tests.Tokens;

public sealed class PinRulesTests
{
    [Theory]
    [InlineData("", "123456", null)]
    [InlineData("", "12345", "RK-1018")]
    [InlineData("", "a very long one, because nobody knows how long they can be at the most", null)]
    [InlineData("", "with\0nul", "RK-1017")]
    [InlineData("pin=6-16", "1234567890123456", null)]
    [InlineData("pin=6-16", "12345678901234567", "RK-1018")]
    [InlineData("pin=8-8", "1234567", "RK-1018")]
    [InlineData("pin=8-8", "123456789", "RK-1018")]
    [InlineData("pin=4-", "1234", null)]
    [InlineData("pin=6-16,pin-characters=digits", "12345678", null)]
    [InlineData("pin=6-16,pin-characters=digits", "1234567a", "RK-1019")]
    [InlineData("pin-characters=letters-digits", "Abc123", null)]
    [InlineData("pin-characters=letters-digits", "Abc-123", "RK-1019")]
    [InlineData("pin-characters=printable", "Abc-~!123", null)]
    [InlineData("pin-characters=printable", "Abc 123", "RK-1019")]
    [InlineData("pin-characters=printable", "口令口令", "RK-1019")]
    public void What_no_PIN_of_a_token_is_like_has_its_number(string profile, string pin, string? problem) =>
        Assert.Equal(problem, SkfProfile.Parse(profile).PinRules.WhyNot(Encoding.UTF8.GetBytes(pin))?.Code);

    [Theory]
    [InlineData("pin=6-16", "6–16")]
    [InlineData("pin=8-8", " 8 ")]
    [InlineData("pin=6-", "≥ 6")]
    [InlineData("pin=1-200,pin-characters=digits", "0–9")]
    public void The_rule_is_told_in_both_languages(string profile, string words)
    {
        var problem = SkfProfile.Parse(profile).PinRules.WhyNot("?"u8)!;
        Assert.Contains(words, problem.Title(CultureInfo.GetCultureInfo("zh-CN")), StringComparison.Ordinal);
        Assert.Contains(words, problem.Title(CultureInfo.GetCultureInfo("en")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pin=16-6")]
    [InlineData("pin=0-6")]
    [InlineData("pin=6")]
    [InlineData("pin=6-x")]
    [InlineData("pin=-")]
    [InlineData("pin=6-300")]
    [InlineData("pin-characters=runes")]
    [InlineData("pin-tries=0")]
    public void Rules_that_are_none_are_refused(string profile) => Assert.Contains(profile, Assert.Throws<TokenException>(() => SkfProfile.Parse(profile)).DriverCode, StringComparison.Ordinal);
}
