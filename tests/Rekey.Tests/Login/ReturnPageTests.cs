using System.Collections;
using System.Globalization;
using Rekey.Login.Rendezvous;

namespace Rekey.Tests.Login;

public sealed class ReturnPageTests
{
    [Fact]
    public void Both_languages_have_the_same_texts()
    {
        var (chinese, english) = (Set(CultureInfo.InvariantCulture), Set(CultureInfo.GetCultureInfo("en")));
        Assert.Equal(chinese.Keys.Order(), english.Keys.Order());
        Assert.All(chinese.Values, t => Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", t));
        Assert.All(english.Values, t => Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", t));
    }

    private static Dictionary<string, string> Set(CultureInfo culture) =>
        ReturnPage.Texts.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);
}
