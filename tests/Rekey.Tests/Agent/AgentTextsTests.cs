using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;

namespace Rekey.Tests.Agent;

public sealed class AgentTextsTests
{
    [Fact]
    public void Both_languages_have_the_same_texts_with_the_same_placeholders()
    {
        var (chinese, english) = (Set(CultureInfo.InvariantCulture), Set(CultureInfo.GetCultureInfo("en")));

        Assert.Equal(chinese.Keys.Order(), english.Keys.Order());
        Assert.All(chinese, t => Assert.Equal(Placeholders(t.Value), Placeholders(english[t.Key])));
    }

    [Fact]
    public void Every_step_has_a_line() =>
        Assert.All(Enum.GetValues<AgentStep>(), step => Assert.NotEmpty(AgentTexts.In("en").Event(new AgentStepEvent(step))!));

    [Theory]
    [InlineData("en", "Rekey agent")]
    [InlineData("en_US.UTF-8", "Rekey agent")]
    [InlineData("zh-CN", "续证助手")]
    [InlineData("C", "续证助手")]
    [InlineData(null, "续证助手")]
    public void Anything_but_English_is_Chinese(string? language, string product) => Assert.Equal(product, AgentTexts.In(language).Product);

    private static Dictionary<string, string> Set(CultureInfo culture) =>
        AgentTexts.Resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string)e.Value!);

    private static IEnumerable<string> Placeholders(string text) => Regex.Matches(text, @"\{\d(:\w+)?\}").Select(m => m.Value).Distinct().Order();
}
