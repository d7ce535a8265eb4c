using System.Text.RegularExpressions;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary><c>rekey ca add-issuer</c> as an operator runs it: an SM2 hierarchy beside the one that a CA began with.</summary>
public sealed partial class AddIssuerCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_hierarchy_stands_beside_the_first_when_its_lines_are_in_the_configuration()
    {
        using var site = await CommandLineSite.CreateAsync();
        string[] command = Command(site, "service.pass");

        var output = await CommandLineSite.RekeyAsync(command);
        var file = site.File("ca", "ca.yaml");
        var lines = Lines().Match(output).Value;
        Assert.NotEmpty(lines);
        var yaml = (await File.ReadAllTextAsync(file, Cancel))
            .Replace("anchors: [certificates/root.pem]", "anchors: [certificates/root.pem, certificates/sm2-root.pem]", StringComparison.Ordinal)
            .Replace("issuers:\n", "issuers:\n" + lines, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, yaml, Cancel);
        await CommandLineSite.RefusesAsync("exists; nothing was changed", Command(site, "service.pass", organisation: "临川市电子政务中心"));
        await CommandLineSite.RefusesAsync("there is a CA of this name; nothing was changed", Command(site, "service.pass", name: "sm2-again"));

        var issuing = Certificate.FromPem(await File.ReadAllTextAsync(site.File("ca", "certificates", "sm2.pem"), Cancel))[0];
        Assert.Equal(AlgorithmSuite.Sm2, issuing.PublicKey.Suite);
        await using var server = await ServerProcess.StartAsync("all", site.Directory);
        foreach (var name in new[] { "issuing", "sm2", "root", "sm2-root" })
        {
            var crl = await site.PublishedCrlAsync(name);
            var signer = Certificate.FromPem(await File.ReadAllTextAsync(site.File("ca", "certificates", $"{name}.pem"), Cancel))[0];
            Assert.True(crl.Verify(signer.PublicKey), $"{name}.crl");
        }

        Assert.Contains("CRL of sm2-root: valid until", await CommandLineSite.RekeyAsync("doctor", "--dir", site.Directory), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_refuses_what_would_not_start_and_changes_nothing_then()
    {
        using var site = await CommandLineSite.CreateAsync();
        KeyFile.WritePrivate(site.File("other.pass"), "another passphrase 33\n");

        await CommandLineSite.RefusesAsync("the passphrase is wrong", Command(site, "other.pass"));
        await CommandLineSite.RefusesAsync("small letters, digits and hyphens", Command(site, "service.pass", name: "../sm2"));
        await CommandLineSite.RefusesAsync("is not an http address", Command(site, "service.pass", publisher: "https://pki.example"));
        Assert.Equal(
            ["chain.pem", "cmp.pem", "issuing.pem", "ocsp.pem", "ra.pem", "root.pem"],
            Directory.EnumerateFiles(site.File("ca", "certificates")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string[] Command(
        CommandLineSite site, string passphrase, string name = "sm2", string organisation = "云泽市电子政务中心", string? publisher = null) =>
    [
        "ca", "add-issuer", "--dir", site.Directory, "--name", name, "--key", "SM2", "--organisation", organisation,
        "--publisher", publisher ?? site.Publisher.GetLeftPart(UriPartial.Authority), "--passphrase-file", site.File(passphrase), "--root-passphrase-file", site.File("root.pass"),
    ];

    [GeneratedRegex(@"^  sm2:\n(?:    .*\n)+", RegexOptions.Multiline)]
    private static partial Regex Lines();
}
