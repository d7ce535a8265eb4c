using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Rekey.Contract.Problems;

namespace Rekey.Tests.Repository;

/// <summary>Problems in code, their texts and <c>docs/problems.md</c> say the same. The document is written anew when it differs.</summary>
public sealed class ProblemListTests
{
    private static readonly string[] Parts = ["Title", "Meaning", "Action"];
    private static readonly CultureInfo Chinese = CultureInfo.InvariantCulture;
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    private static readonly IReadOnlyList<(string Name, Problem Problem)> Known =
    [
        .. typeof(Problems).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.ReturnType == typeof(Problem))
            .Select(m => (m.Name, (Problem)m.Invoke(null, [.. m.GetParameters().Select(Sample)])!))
            .OrderBy(p => p.Item2.Number),
    ];

    [Fact]
    public void Every_problem_has_three_texts_in_both_languages()
    {
        Assert.NotEmpty(Known);
        Assert.All(Known, known => Assert.All(Parts, part =>
        {
            var chinese = Text(known.Problem.Number, part, Chinese);
            var english = Text(known.Problem.Number, part, English);
            Assert.NotNull(chinese);
            Assert.NotNull(english);
            Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", english);
            Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", chinese);
            Assert.Equal(Placeholders(chinese), Placeholders(english));
        }));
    }

    [Fact]
    public void A_placeholder_has_a_value() => Assert.All(Known, known => Assert.All(Parts, part =>
        Assert.All(Placeholders(Text(known.Problem.Number, part, Chinese)!), p => Assert.True(int.Parse(p, CultureInfo.InvariantCulture) < known.Problem.Arguments.Count, $"{known.Name} {part} {p}"))));

    [Fact]
    public void No_text_belongs_to_a_problem_that_is_not_there()
    {
        var numbers = Known.Select(k => k.Problem.Number).ToHashSet();
        Assert.All(AllTexts(), key => Assert.Contains(int.Parse(key.Split('.')[0][2..], CultureInfo.InvariantCulture), numbers));
    }

    [Fact]
    public void A_number_means_one_thing() =>
        Assert.Equal([], Known.GroupBy(k => k.Problem.Number).Where(g => g.Select(k => k.Name).Distinct().Count() > 1).Select(g => g.Key));

    [Fact]
    public void Every_problem_is_met_by_someone()
    {
        var code = string.Join('\n', Sources.Files(".cs", ".cshtml").Where(f => f.StartsWith("src/", StringComparison.Ordinal) && !f.Contains("/Problems/Problems.", StringComparison.Ordinal)).Select(Sources.Read));
        Assert.Equal([], Known.Select(k => k.Name).Distinct().Where(name => !code.Contains($"Problems.{name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_document_lists_them_all()
    {
        var file = Path.Combine(Sources.Root, "docs", "problems.md");
        var wanted = Document();
        var found = File.Exists(file) ? File.ReadAllText(file) : "";
        if (found != wanted)
        {
            File.WriteAllText(file, wanted);
        }

        Assert.True(found == wanted, "docs/problems.md was out of date and has been written anew; look at the difference and commit it");
    }

    private static string Document()
    {
        var text = new StringBuilder("""
            # Problems

            Every error that people meet has a number. Its texts are resources in `src/Rekey.Contract/Problems/Texts`; `{0}` and so on stand for values
            of the case at hand. This list is made from them by a test.


            """);
        foreach (var number in Known.Select(k => k.Problem.Number).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"## RK-{number}\n\n| | 中文 | English |\n|---|---|---|\n");
            foreach (var (label, part) in new[] { ("what happened", "Title"), ("what it means", "Meaning"), ("what to do", "Action") })
            {
                text.Append(CultureInfo.InvariantCulture, $"| {label} | {Cell(number, part, Chinese)} | {Cell(number, part, English)} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Cell(int number, string part, CultureInfo culture) =>
        Text(number, part, culture)!.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ").Trim();

    private static string? Text(int number, string part, CultureInfo culture) =>
        ProblemTexts.All.Select(r => r.GetResourceSet(culture, true, false)!.GetString($"RK{number}.{part}")).FirstOrDefault(t => t is not null);

    private static IEnumerable<string> AllTexts() => from resources in ProblemTexts.All
                                                     from culture in new[] { Chinese, English }
                                                     from DictionaryEntry entry in resources.GetResourceSet(culture, true, false)!
                                                     select (string)entry.Key;

    private static IEnumerable<string> Placeholders(string text) => PlaceholderText.Placeholder().Matches(text).Select(m => m.Groups[1].Value).Distinct().Order();

    // Some value of the parameter's type: only the number and how many values there are matter.
    private static object? Sample(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var t when t == typeof(string) => "x",
        var t when Nullable.GetUnderlyingType(t) is { } inner => Activator.CreateInstance(inner),
        var t when t.IsValueType => Activator.CreateInstance(t),
        _ => null,
    };
}
