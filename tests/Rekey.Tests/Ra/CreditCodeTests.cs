using Rekey.Ra.Subscribers;

namespace Rekey.Tests.Ra;

/// <summary>Unified social credit codes (GB 32100-2015). The codes are of nobody; their check characters were computed apart from this code.</summary>
public sealed class CreditCodeTests
{
    [Theory]
    [InlineData("91350100M000100Y43", "350100", "M000100Y4")] // the standard's own example
    [InlineData("12370100MB1234562C", "370100", "MB1234562")]
    [InlineData("11990100000000019F", "990100", "000000019")]
    [InlineData("52990100MJ00ABCD73", "990100", "MJ00ABCD7")]
    [InlineData("91990100MA000004XB", "990100", "MA000004X")] // the organisation code's check is ten
    [InlineData("91990100MA0000090N", "990100", "MA0000090")] // and eleven
    [InlineData("91990100MA0000138Y", "990100", "MA0000138")] // the last of the alphabet
    [InlineData("91990100MA000071X0", "990100", "MA000071X")] // the weighted sum is a multiple of 31
    public void A_code_whose_check_characters_fit_is_read(string text, string division, string organisation)
    {
        Assert.True(CreditCode.TryParse(text, out var code, out var fault));
        Assert.Null(fault);
        Assert.Equal((text, division, organisation), (code.ToString(), code.Division, code.Organisation));
    }

    [Fact]
    public void Small_letters_are_taken_for_capitals()
    {
        Assert.True(CreditCode.TryParse("91350100m000100y43", out var code, out _));
        Assert.Equal("91350100M000100Y43", code.ToString());
    }

    [Theory]
    [InlineData("", CreditCodeFault.Length)]
    [InlineData("91350100M000100Y4", CreditCodeFault.Length)]
    [InlineData("91350100M000100Y433", CreditCodeFault.Length)]
    [InlineData(" 91350100M000100Y43", CreditCodeFault.Length)]
    [InlineData("9135O100M000100Y43", CreditCodeFault.Character)] // O for 0
    [InlineData("91350100M000I00Y43", CreditCodeFault.Character)] // I for 1
    [InlineData("91350100М000100Y43", CreditCodeFault.Character)] // a Cyrillic М
    [InlineData("91350100M000100Y4３", CreditCodeFault.Character)] // a full-width 3
    [InlineData("91350100M000100-43", CreditCodeFault.Character)]
    [InlineData("9135A100M000100Y43", CreditCodeFault.Division)]
    [InlineData("91350100M000101Y43", CreditCodeFault.OrganisationCode)]
    [InlineData("91990100MA00000161", CreditCodeFault.OrganisationCode)] // though the last character fits
    [InlineData("91350100M000100Y44", CreditCodeFault.CheckCharacter)]
    [InlineData("19350100M000100Y43", CreditCodeFault.CheckCharacter)] // two characters exchanged
    public void Anything_else_is_refused_with_its_reason(string text, CreditCodeFault reason)
    {
        Assert.False(CreditCode.TryParse(text, out var code, out var fault));
        Assert.Equal(reason, fault);
        Assert.Throws<InvalidOperationException>(() => code.ToString());
    }

    [Fact]
    public void Every_single_character_that_is_wrong_is_noticed()
    {
        const string good = "91350100M000100Y43";
        var wrong =
            from place in Enumerable.Range(0, good.Length)
            from c in "0123456789ABCDEFGHJKLMNPQRTUWXY"
            where c != good[place]
            select $"{good[..place]}{c}{good[(place + 1)..]}";
        Assert.All(wrong, code => Assert.False(CreditCode.TryParse(code, out _, out _), code));
    }
}
