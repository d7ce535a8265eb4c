using Rekey.Pki.Certificates;
using Rekey.Store.Keys;
using Rekey.Testing;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>An institution that nothing but the program <c>rekey</c> made, its keys in files, all parts on one host.</summary>
internal sealed class CommandLineSite : IDisposable
{
    public const string ServicePassphrase = "service passphrase 11";
    public const string RootPassphrase = "root passphrase 22";

    private readonly string directory = System.IO.Directory.CreateTempSubdirectory("rekey-cli-").FullName;

    private CommandLineSite()
    {
    }

    /// <summary>Directory with <c>rekey.yaml</c>; the CA's is <c>ca</c> in it.</summary>
    public string Directory => directory;

    public Uri Portal { get; } = new($"http://localhost:{Ports.Free()}");

    public Uri Publisher { get; } = new($"http://localhost:{Ports.Free()}");

    /// <summary>Makes one, with its stores.</summary>
    public static async Task<CommandLineSite> CreateAsync()
    {
        var site = new CommandLineSite();
        site.Secret("service.pass", ServicePassphrase);
        site.Secret("root.pass", RootPassphrase);
        await RekeyAsync(
            "ca", "init", "--dir", site.File("ca"), "--organisation", "云泽市电子政务中心", "--publisher", Origin(site.Publisher), "--key", "P-256",
            "--passphrase-file", site.File("service.pass"), "--root-passphrase-file", site.File("root.pass"), "--keep-passphrase");
        await System.IO.File.WriteAllTextAsync(site.File("rekey.yaml"), $$"""
            listen: [{{Origin(site.Portal)}}]
            publish: {{Origin(site.Publisher)}}
            publicOrigin: {{Origin(site.Portal)}}
            profiles: ca/profiles.yaml
            ca: ca
            store: { sqlite: ra.db }
            ra: { certificate: ca/certificates/ra.pem, key: ca/ra/ra.key, passphraseFile: service.pass, caCertificate: ca/certificates/issuing.pem }

            """);
        await RekeyAsync("migrate", "--dir", site.Directory);
        return site;
    }

    /// <summary>Runs <c>rekey</c> and demands that it ends well.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RekeyAsync(params string[] arguments)
    {
        var (code, output) = await Command.RunAsync(ServerProcess.Program, arguments);
        Assert.True(code == 0, output);
        return output;
    }

    /// <summary>Runs <c>rekey</c> and demands that it refuses.</summary>
    public static async Task RefusesAsync(string words, params string[] arguments)
    {
        var (code, output) = await Command.RunAsync(ServerProcess.Program, arguments);
        Assert.True(code == 78 && output.Contains(words, StringComparison.Ordinal), $"{code}: {output}");
    }

    /// <summary>Waits until the publisher has a CRL, and a certain one where <paramref name="wanted"/> says which.</summary>
    public async Task<CertificateRevocationList> PublishedCrlAsync(string name, Func<CertificateRevocationList, bool>? wanted = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var http = new HttpClient();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            using var response = await http.GetAsync(new Uri(Publisher, $"/crl/{name}.crl"), cancel);
            if (response.IsSuccessStatusCode && CertificateRevocationList.Read(await response.Content.ReadAsByteArrayAsync(cancel)) is var crl && wanted?.Invoke(crl) != false)
            {
                return crl;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{name}.crl is not published");
        }
    }

    /// <summary>Path of a file in its directory.</summary>
    public string File(params string[] parts) => Path.Combine([directory, .. parts]);

    public void Dispose() => System.IO.Directory.Delete(directory, recursive: true);

    private void Secret(string name, string secret) => KeyFile.WritePrivate(File(name), secret + "\n");

    private static string Origin(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
