using System.Text.RegularExpressions;

namespace Rekey.Tests.Repository;

/// <summary>What no file of the repository may have in it, or lack.</summary>
public sealed partial class FilesTests
{
    private const int LinesOfAFileThatFitsInTheHead = 400;

    [Fact]
    public void A_source_file_fits_in_the_head()
    {
        var tooLong = Sources.Files(".cs").Where(f => !f.Contains("/Migrations/", StringComparison.Ordinal))
            .Where(f => Sources.Read(f).Count(c => c == '\n') > LinesOfAFileThatFitsInTheHead);
        Assert.Equal([], tooLong);
    }

    [Fact]
    public void No_file_has_a_private_key_in_it() => Assert.Equal([], Having(PrivateKey()));

    [Fact]
    public void No_file_names_a_home_or_work_directory() => Assert.Equal([], Having(MachinePath()));

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken =
            from file in Sources.Files(".md")
            from Match link in Link().Matches(Sources.Read(file))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            let path = Path.Combine(Sources.Root, Path.GetDirectoryName(file)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{file}: {target}";
        Assert.Equal([], broken);
    }

    [Fact]
    public void Every_decision_is_in_the_list_of_decisions()
    {
        var list = Sources.Read("docs/decisions/README.md");
        var decisions = Sources.Files(".md").Where(f => Decision().IsMatch(f)).Select(f => Path.GetFileName(f)).ToList();
        Assert.NotEmpty(decisions);
        Assert.Equal([], decisions.Where(d => !list.Contains(d, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Having(Regex pattern) =>
        Sources.Files(".cs", ".cshtml", ".md", ".js", ".css", ".json", ".props", ".targets", ".csproj", ".yaml", ".resx", ".xml", "dev", "run")
            .Where(f => pattern.IsMatch(Sources.Read(f)));

    // With a body: the words alone stand in code that looks for them.
    [GeneratedRegex(@"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?<![\w.])/(?:home|root|work|Users)/[\w.]+/", RegexOptions.CultureInvariant)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^docs/decisions/\d{4}-")]
    private static partial Regex Decision();
}
