using Rekey.Pki.Certificates;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary><c>rekey ca root-crl</c> as an operator runs it.</summary>
public sealed class RootCrlCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_the_roots_key_from_a_medium_it_makes_the_next_CRL_which_the_running_publisher_gives()
    {
        using var site = await CommandLineSite.CreateAsync();
        var medium = Directory.CreateDirectory(site.File("medium")).FullName;
        File.Move(site.File("ca", "root", "root.key"), Path.Combine(medium, "root.key"));
        string[] command = ["ca", "root-crl", "--dir", site.Directory];

        await CommandLineSite.RefusesAsync("root.key", [.. command, "--root-passphrase-file", site.File("root.pass")]);
        command = [.. command, "--root-key", Path.Combine(medium, "root.key")];
        await CommandLineSite.RefusesAsync("root.key: the passphrase is wrong", [.. command, "--root-passphrase-file", site.File("service.pass")]);
        await CommandLineSite.RefusesAsync("--root-passphrase-file is missing, and there is no terminal", command);
        command = [.. command, "--root-passphrase-file", site.File("root.pass")];
        await CommandLineSite.RefusesAsync("--revoke and --reason go together", [.. command, "--revoke", "4711"]);
        await CommandLineSite.RefusesAsync("--days", [.. command, "--days", "0"]);

        await using var server = await ServerProcess.StartAsync("all", site.Directory);
        Assert.Equal(1, (await site.PublishedCrlAsync("root", c => c.Number == 1)).Number);
        Assert.Contains("number 2, 0 revoked", await CommandLineSite.RekeyAsync(command), StringComparison.Ordinal);
        Assert.Empty((await site.PublishedCrlAsync("root", c => c.Number == 2)).Entries);

        var issuing = Certificate.FromPem(await File.ReadAllTextAsync(site.File("ca", "certificates", "issuing.pem"), Cancel))[0];
        await CommandLineSite.RekeyAsync([.. command, "--days", "30", "--revoke", issuing.SerialHex.ToLowerInvariant(), "--reason", "CessationOfOperation"]);
        var third = await site.PublishedCrlAsync("root", c => c.Number == 3);
        Assert.Equal((issuing.SerialHex, 5), (Assert.Single(third.Entries).SerialHex, third.Entries.First().Reason));
        Assert.Equal(third.ThisUpdate.AddDays(30), third.NextUpdate);
        Assert.Contains("CRL of root: valid until", await CommandLineSite.RekeyAsync("doctor", "--dir", site.Directory), StringComparison.Ordinal);
        Assert.DoesNotContain(CommandLineSite.RootPassphrase, server.Output, StringComparison.Ordinal);
    }
}
