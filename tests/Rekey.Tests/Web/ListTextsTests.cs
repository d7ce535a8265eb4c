using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Rekey.Ra.Subscribers;
using Rekey.Web.Console.Grid.Texts;
using Rekey.Web.Console.Subscribers;
using Rekey.Web.Console.Subscribers.Texts;

namespace Rekey.Tests.Web;

public sealed partial class ListTextsTests
{
    public static TheoryData<string, ResourceManager> All { get; } = new() { { "grid", GridText.ResourceManager }, { "subscribers", SubscriberText.ResourceManager } };

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void Both_languages_say_the_same(string name, ResourceManager texts)
    {
        var (chinese, english) = (Read(texts, CultureInfo.InvariantCulture), Read(texts, CultureInfo.GetCultureInfo("en")));
        Assert.NotEmpty(chinese);
        Assert.Equal(chinese.Keys.Order(), english.Keys.Order());
        string[] never = ["U盾", "密码", "控件", "插件", "续期", "延期", "吊销", "作废", "！", "dongle", "oops", "invalid", "successfully", "!"];
        foreach (var (key, text) in chinese)
        {
            Assert.Equal(Placeholders(text), Placeholders(english[key]));
            Assert.False(string.IsNullOrWhiteSpace(text) || string.IsNullOrWhiteSpace(english[key]), $"{name} {key}");
            Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", english[key]);
            Assert.DoesNotContain(never, w => (text + english[key]).Contains(w, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Everything_that_can_happen_and_every_state_has_words()
    {
        Assert.All(Enum.GetValues<SubscriberEventKind>(), kind => Assert.NotEmpty(SubscriberWords.Of(new SubscriberEvent(default, kind, "x")).Text));
        Assert.Equal(
            Enum.GetValues<SubscriberEventKind>().Length, Enum.GetValues<SubscriberEventKind>().Select(k => SubscriberWords.Of(new SubscriberEvent(default, k, "x")).Text).Distinct().Count());
        Assert.Equal(Enum.GetValues<CertificateState>().Length, Enum.GetValues<CertificateState>().Select(s => SubscriberWords.Of(s, expired: false).Text).Distinct().Count());
    }

    private static IEnumerable<string> Placeholders(string text) => Placeholder().Matches(text).Select(m => m.Value).Distinct().Order();

    private static Dictionary<string, string> Read(ResourceManager texts, CultureInfo culture) =>
        texts.GetResourceSet(culture, true, false)!.Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();
}
