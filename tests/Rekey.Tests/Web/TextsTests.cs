using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Rekey.Web.Console.Texts;
using Rekey.Web.Portal.Texts;

namespace Rekey.Tests.Web;

public sealed partial class TextsTests
{
    private static readonly Dictionary<string, string> Chinese = Read(CultureInfo.InvariantCulture);
    private static readonly Dictionary<string, string> English = Read(CultureInfo.GetCultureInfo("en"));

    [Fact]
    public void Both_languages_have_the_same_texts()
    {
        Assert.NotEmpty(Chinese);
        Assert.Equal(Chinese.Keys.Order(), English.Keys.Order());
        Assert.All(Chinese.Concat(English), text => Assert.False(string.IsNullOrWhiteSpace(text.Value), text.Key));
    }

    [Fact]
    public void Both_languages_have_the_same_placeholders_and_paired_marks() => Assert.All(Chinese, text =>
    {
        Assert.Equal(Placeholders(text.Value), Placeholders(English[text.Key]));
        Assert.Equal(0, Bold().Count(text.Value) % 2);
        Assert.Equal(0, Bold().Count(English[text.Key]) % 2);
    });

    [Fact]
    public void English_texts_have_no_Chinese_in_them() => Assert.All(English, text => Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", text.Value));

    [Fact]
    public void Nothing_says_what_we_never_say()
    {
        string[] never = ["U盾", "密码", "控件", "插件", "续期", "延期", "吊销", "作废", "出错啦", "！", "dongle", "oops", "invalid", "successfully", "!"];
        Assert.All(Chinese.Concat(English), text => Assert.DoesNotContain(never, word => text.Value.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static IEnumerable<string> Placeholders(string text) => Placeholder().Matches(text).Select(m => m.Value).Distinct().Order();

    private static Dictionary<string, string> Read(CultureInfo culture) => new[] { ("portal", Text.ResourceManager), ("console", ConsoleText.ResourceManager) }
        .SelectMany(set => set.Item2.GetResourceSet(culture, true, false)!.Cast<DictionaryEntry>().Select(e => (Key: $"{set.Item1} {e.Key}", Value: (string)e.Value!)))
        .ToDictionary(e => e.Key, e => e.Value);

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\*\*")]
    private static partial Regex Bold();
}
