using Rekey.Testing;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>Passphrases that no file has: typed at start, at a terminal.</summary>
public sealed class TypedPassphraseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serving_asks_once_for_each_key_and_echoes_nothing()
    {
        using var site = await CommandLineSite.CreateAsync();
        ForgetPassphrases(site);
        await using var terminal = new Terminal(ServerProcess.Program, "serve", "all", "--dir", site.Directory);

        await terminal.UntilAsync("Passphrase of the CA's keys", Cancel);
        await terminal.TypeAsync($"{CommandLineSite.ServicePassphrase}x\u007f\r", Cancel);
        await terminal.UntilAsync($"Passphrase of the key {site.File("ca", "ra", "ra.key")}", Cancel);
        await terminal.TypeAsync($"{CommandLineSite.ServicePassphrase}\r", Cancel);
        await terminal.UntilAsync("rekey serves all parts", Cancel);

        using var http = new HttpClient();
        Assert.Contains("Rekey", await http.GetStringAsync(new Uri(site.Portal, "/CaUpdate/"), Cancel), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(3, terminal.Output.Split("Passphrase of").Length); // twice
        Assert.DoesNotContain("service passphrase", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_one_ends_it_by_naming_the_file()
    {
        using var site = await CommandLineSite.CreateAsync();
        ForgetPassphrases(site);
        await using var terminal = new Terminal(ServerProcess.Program, "ca", "root-crl", "--dir", site.Directory);
        await terminal.UntilAsync("Passphrase of the root key", Cancel);
        await terminal.TypeAsync($"{CommandLineSite.RootPassphrase}\r", Cancel);
        await terminal.UntilAsync("Passphrase of the CA's keys", Cancel);
        await terminal.TypeAsync("something else\r", Cancel);
        await terminal.UntilAsync("issuing.key: the passphrase is wrong", Cancel);
        Assert.DoesNotContain("something else", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_the_missing_setting_is_named_and_the_doctor_says_what_it_did_not_look_at()
    {
        using var site = await CommandLineSite.CreateAsync();
        ForgetPassphrases(site);
        await CommandLineSite.RefusesAsync("ca.yaml: passphraseFile: is missing, and there is no terminal", "serve", "all", "--dir", site.Directory);
        var doctor = await CommandLineSite.RekeyAsync("doctor", "--dir", site.Directory);
        Assert.Contains("the CA's keys: not looked at", doctor, StringComparison.Ordinal);
        Assert.Contains("the RA's keys: not looked at", doctor, StringComparison.Ordinal);

        await File.AppendAllTextAsync(site.File("ca", "ca.yaml"), "passphraseFile: ../service.pass\n", Cancel);
        await CommandLineSite.RefusesAsync("rekey.yaml: ra.passphraseFile: is missing, and there is no terminal", "serve", "all", "--dir", site.Directory);
    }

    private static void ForgetPassphrases(CommandLineSite site)
    {
        File.Delete(site.File("ca", "passphrase"));
        Drop(site.File("ca", "ca.yaml"), line => line.StartsWith("passphraseFile:", StringComparison.Ordinal) ? "" : line);
        Drop(site.File("rekey.yaml"), line => line.Replace(" passphraseFile: service.pass,", "", StringComparison.Ordinal));
    }

    private static void Drop(string file, Func<string, string> change)
    {
        var before = File.ReadAllText(file);
        var after = string.Join('\n', before.Split('\n').Select(change));
        Assert.NotEqual(before, after);
        File.WriteAllText(file, after);
    }
}
