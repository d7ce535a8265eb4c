using System.Text.RegularExpressions;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;
using Rekey.SystemTests.Cmp;
using Rekey.Testing;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Server;

/// <summary>An institution made and run with nothing but the program <c>rekey</c>, its CA key in an HSM.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-cli-").FullName;
    private readonly SoftHsm hsm = new();
    private readonly OpenSslClient openssl = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Ca => Path.Combine(directory, "ca");

    public void Dispose()
    {
        openssl.Dispose();
        hsm.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_CA_whose_key_is_in_an_HSM_serves_from_the_program_itself()
    {
        var portal = $"http://localhost:{Ports.Free()}";
        var publisher = $"http://localhost:{Ports.Free()}";
        hsm.AddToken("yunze-ca");
        await InitAsync(publisher);
        Assert.False(File.Exists(Path.Combine(Ca, "keys", "issuing.key")));
        await File.WriteAllTextAsync(Path.Combine(directory, "rekey.yaml"), $$"""
            listen: [{{portal}}]
            publish: {{publisher}}
            publicOrigin: {{portal}}
            profiles: ca/profiles.yaml
            ca: ca
            store: { sqlite: ra.db }
            ra: { certificate: ca/certificates/ra.pem, key: ca/ra/ra.key, passphraseFile: service.pass, caCertificate: ca/certificates/issuing.pem }

            """, Cancel);
        await CommandLineSite.RekeyAsync("migrate", "--dir", directory);
        await CommandLineSite.RekeyAsync("ra", "subscriber", "add", "--dir", directory, "--id", "YZ5001", "--name", "云泽市青少年宫");
        var shown = await CommandLineSite.RekeyAsync("ra", "cmp-reference", "--dir", directory, "--subscriber", "YZ5001", "--profile", "organisation-signing");
        var reference = Regex.Match(shown, @"reference\s+(\S+)").Groups[1].Value;
        var secret = Regex.Match(shown, @"secret\s+(\S+)").Groups[1].Value;

        await using var server = await ServerProcess.StartAsync("all", directory);
        await openssl.NewKeyAsync("k");
        OpenSslClient.Require(await openssl.RunAsync(
            "cmp", "-config", "", "-cmd", "ir", "-server", $"{portal}/.well-known/cmp", "-ref", reference, "-secret", $"pass:{secret}", "-mac", "hmacWithSHA256",
            "-recipient", "/CN=CA", "-newkey", openssl.File("k.key"), "-subject", "/C=CN/O=x/CN=x", "-certout", openssl.File("k.crt")));

        var issued = Certificate.FromDer(openssl.Certificate("k.crt"));
        Assert.Equal("YZ5001", issued.Subject.Find(Oids.SubjectSerialNumber));
        OpenSslClient.Require(await openssl.RunAsync(
            "verify", "-CAfile", Path.Combine(Ca, "certificates", "root.pem"), "-untrusted", Path.Combine(Ca, "certificates", "chain.pem"), openssl.File("k.crt")));
        Assert.DoesNotContain(SoftHsm.Pin, server.Output, StringComparison.Ordinal);

        // The library runs in a child; when that dies, the next signature starts another.
        await Command.RunAsync("pkill", "-KILL", "-P", server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await CommandLineSite.RekeyAsync("ca", "revoke", "--dir", directory, "--serial", issued.SerialHex, "--reason", "KeyCompromise");
        using var http = new HttpClient();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(200, Cancel))
        {
            var crl = await http.GetAsync(new Uri($"{publisher}/crl/issuing.crl"), Cancel);
            if (crl.IsSuccessStatusCode && CertificateRevocationList.Read(await crl.Content.ReadAsByteArrayAsync(Cancel)).Find(issued.SerialHex) is not null)
            {
                break;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(90), server.Output);
        }
    }

    private async Task InitAsync(string publisher)
    {
        var pin = Write("hsm.pin", SoftHsm.Pin);
        var service = Write("service.pass", "service passphrase 11");
        var root = Write("root.pass", "root passphrase 22");
        await CommandLineSite.RekeyAsync(
            "ca", "init", "--dir", Ca, "--organisation", "云泽市电子政务中心", "--publisher", publisher, "--key", "P-256", "--passphrase-file", service,
            "--root-passphrase-file", root, "--keep-passphrase", "--hsm-module", SoftHsm.Library, "--hsm-token", "yunze-ca", "--hsm-pin-file", pin,
            "--hsm-env", $"SOFTHSM2_CONF={hsm.ConfigurationFile}");
    }

    private string Write(string name, string secret)
    {
        var file = Path.Combine(directory, name);
        KeyFile.WritePrivate(file, secret + "\n");
        return file;
    }
}
