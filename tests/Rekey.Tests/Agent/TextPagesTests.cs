using System.Text;
using Rekey.Agent.Signing;

namespace Rekey.Tests.Agent;

/// <summary>Who signs sees every character that is signed.</summary>
public sealed class TextPagesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("一行")]
    [InlineData("a\n\n\nb\n")]
    public void All_of_a_text_is_on_its_pages(string text) => Assert.Equal(text, string.Concat(TextPages.Of(text)));

    [Fact]
    public void A_page_fits_into_a_line_of_pinentry_and_breaks_no_character()
    {
        var text = string.Concat(Enumerable.Range(0, 900).Select(i => i % 7 == 0 ? "\n" : i % 5 == 0 ? "%" : i % 3 == 0 ? "𠮷" : "云"));
        var pages = TextPages.Of(text);
        Assert.Equal(text, string.Concat(pages));
        Assert.All(pages, p => Assert.True(Encoding.UTF8.GetByteCount(p.Replace("%", "%25", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal)) <= 600));
        Assert.All(pages, p => Assert.DoesNotContain('\uFFFD', p));
    }

    [Theory]
    [InlineData("正常\n文字 100%", true)]
    [InlineData("转\u202e向", false)]
    [InlineData("藏\u200b字", false)]
    [InlineData("回车\r\n", false)]
    [InlineData("铃\a", false)]
    [InlineData("行\u2028尾", false)]
    public void What_hides_or_turns_text_is_no_plain_text(string text, bool plain) => Assert.Equal(plain, TextPages.IsPlain(text));
}
