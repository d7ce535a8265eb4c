using System.Xml.Linq;

namespace Rekey.Tests.Repository;

/// <summary>
/// Which project may know which. A project is a trust boundary: an arrow too many is a hole, so it is a failed test and not a matter of taste.
/// </summary>
public sealed class ArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Rekey.Pki"] = [],
        ["Rekey.Contract"] = ["Rekey.Pki"],
        ["Rekey.Tokens"] = ["Rekey.Contract"],
        ["Rekey.SoftToken"] = ["Rekey.Pki"],
        ["Rekey.Agent"] = ["Rekey.Tokens"],
        ["Rekey.Store"] = ["Rekey.Contract"],
        ["Rekey.Login"] = ["Rekey.Contract"],
        ["Rekey.Ra"] = ["Rekey.Store"],
        ["Rekey.Ca"] = ["Rekey.Store", "Rekey.Tokens"],
        ["Rekey.Kmc"] = ["Rekey.Store", "Rekey.Tokens"],
        ["Rekey.Web"] = ["Rekey.Ra", "Rekey.Login"],
        ["Rekey.Server"] = ["Rekey.Web", "Rekey.Ca", "Rekey.Kmc", "Rekey.Login"],
    };

    // What a library is for is one project's business; the others go through it.
    private static readonly Dictionary<string, string[]> OwnersOfPackages = new()
    {
        ["BouncyCastle.Cryptography"] = ["Rekey.Pki"],
        ["Pkcs11Interop"] = ["Rekey.Tokens"],
        ["YamlDotNet"] = ["Rekey.Ca"],
        ["Npgsql.EntityFrameworkCore.PostgreSQL"] = ["Rekey.Store"],
        ["Microsoft.EntityFrameworkCore.Sqlite"] = ["Rekey.Store"],
    };

    public static TheoryData<string> Projects => [.. Sources.Files(".csproj").Where(f => f.StartsWith("src/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_what_it_may(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        Assert.True(Allowed.ContainsKey(name), $"{name} is new: say here what it may know");
        Assert.Equal([], References(file).Except(Allowed[name]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_library_belongs_to_one_project(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        Assert.Equal([], Packages(file).Where(p => OwnersOfPackages.TryGetValue(p, out var owners) && !owners.Contains(name)));
    }

    [Fact]
    public void Only_the_PKI_project_names_BouncyCastle() => Assert.Equal([], Naming("Org.BouncyCastle", except: "src/Rekey.Pki/"));

    [Fact]
    public void Only_the_token_project_names_PKCS11_interop() => Assert.Equal([], Naming("Net.Pkcs11Interop", except: "src/Rekey.Tokens/"));

    [Fact]
    public void RA_CA_and_KMC_never_name_one_another()
    {
        Assert.Equal([], Naming("Rekey.Kmc", in_: "src/Rekey.Ra/").Concat(Naming("Rekey.Kmc", in_: "src/Rekey.Web/")).Concat(Naming("Rekey.Kmc", in_: "src/Rekey.Ca/")));
        Assert.Equal([], Naming("Rekey.Ca", in_: "src/Rekey.Kmc/").Concat(Naming("Rekey.Ra", in_: "src/Rekey.Kmc/")));
        Assert.Equal([], Naming("Rekey.Ca", in_: "src/Rekey.Ra/").Concat(Naming("Rekey.Ca", in_: "src/Rekey.Web/")));
        Assert.Equal([], Naming("Rekey.Ra", in_: "src/Rekey.Ca/"));
    }

    [Fact]
    public void Time_and_chance_come_from_where_they_should()
    {
        string[] never = ["DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Random.Shared", "new Random("];
        Assert.Equal([], never.SelectMany(word => Naming(word, except: "tests/")));
    }

    private static IEnumerable<string> References(string file) =>
        XDocument.Parse(Sources.Read(file)).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

    private static IEnumerable<string> Packages(string file) =>
        XDocument.Parse(Sources.Read(file)).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);

    // As a namespace or a call, not as a part of a longer name.
    private static IEnumerable<string> Naming(string word, string in_ = "src/", string except = "?") => Sources.Files(".cs", ".cshtml")
        .Where(f => f.StartsWith(in_, StringComparison.Ordinal) && !f.StartsWith(except, StringComparison.Ordinal))
        .Where(f => Sources.Read(f).Split('\n').Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Names(line, word)));

    private static bool Names(string line, string word)
    {
        for (var at = line.IndexOf(word, StringComparison.Ordinal); at >= 0; at = line.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var after = at + word.Length;
            if (word[^1] == '(' || after == line.Length || !(char.IsLetterOrDigit(line[after]) || line[after] == '_'))
            {
                return true;
            }
        }

        return false;
    }
}
