using System.Diagnostics;
using System.Text;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>Passphrases that no file has: typed at start, at a terminal.</summary>
public sealed class TypedPassphraseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serving_asks_once_for_each_key_and_echoes_nothing()
    {
        using var site = await CommandLineSite.CreateAsync();
        ForgetPassphrases(site);
        await using var terminal = new Terminal(ServerProcess.Program, "serve", "all", "--dir", site.Directory);

        await terminal.UntilAsync("Passphrase of the CA's keys");
        await terminal.TypeAsync($"{CommandLineSite.ServicePassphrase}x\u007f\r");
        await terminal.UntilAsync($"Passphrase of the key {site.File("ca", "ra", "ra.key")}");
        await terminal.TypeAsync($"{CommandLineSite.ServicePassphrase}\r");
        await terminal.UntilAsync("rekey serves all parts");

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
        await terminal.UntilAsync("Passphrase of the root key");
        await terminal.TypeAsync($"{CommandLineSite.RootPassphrase}\r");
        await terminal.UntilAsync("Passphrase of the CA's keys");
        await terminal.TypeAsync("something else\r");
        await terminal.UntilAsync("issuing.key: the passphrase is wrong");
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

    /// <summary>A program at a terminal of its own, which <c>script</c> makes.</summary>
    private sealed class Terminal : IAsyncDisposable
    {
        private readonly StringBuilder output = new();
        private readonly Process process;
        private readonly Task reading;

        public Terminal(params string[] command)
        {
            process = Process.Start(new ProcessStartInfo("script", ["-q", "-e", "-c", string.Join(' ', command), "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            reading = ReadAsync();
        }

        public string Output
        {
            get
            {
                lock (output)
                {
                    return output.ToString();
                }
            }
        }

        public async Task UntilAsync(string text)
        {
            for (var clock = Stopwatch.StartNew(); !Output.Contains(text, StringComparison.Ordinal); await Task.Delay(50, Cancel))
            {
                Assert.True(clock.Elapsed < Limit && !(process.HasExited && reading.IsCompleted), $"no \"{text}\" in:\n{Output}");
            }
        }

        // At once, as a pasted text comes, but no quicker than a person who has read the prompt.
        public async Task TypeAsync(string keys)
        {
            await Task.Delay(300, Cancel);
            await process.StandardInput.WriteAsync(keys);
            await process.StandardInput.FlushAsync(Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            await reading;
            process.Dispose();
        }

        private async Task ReadAsync()
        {
            var buffer = new char[1024];
            while (await process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
            {
                lock (output)
                {
                    output.Append(buffer, 0, count);
                }
            }
        }
    }
}
