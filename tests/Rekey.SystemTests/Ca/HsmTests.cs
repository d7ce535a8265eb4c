using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Keys;
using Rekey.Ca.Signing;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;
using Rekey.Testing;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Hsm;

namespace Rekey.SystemTests.Ca;

/// <summary>The issuing CA's key in an HSM: SoftHSM2, and the TPM module on a software TPM.</summary>
public sealed class HsmTests : IDisposable
{
    private static readonly string TpmModule = $"/usr/lib/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu/libtpm2_pkcs11.so.1";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-hsm-").FullName;

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-3072")]
    public void A_ca_whose_key_was_made_in_softhsm_issues(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var softHsm = new SoftHsm();
        softHsm.AddToken("云泽 CA");
        IssueFrom(new HsmSettings(SoftHsm.Library, "云泽 CA", WritePin(SoftHsm.Pin)) { Environment = softHsm.Environment }, suite);
    }

    [Fact]
    public async Task A_ca_whose_key_was_made_in_a_tpm_issues()
    {
        Assert.True(File.Exists(TpmModule), $"{TpmModule} is missing; ./dev installs swtpm, libtpm2-pkcs11-1 and opensc");
        var server = Ports.Free(2); // the module expects the control port right after the other
        var control = server + 1;
        var state = Directory.CreateDirectory(Path.Combine(directory, "tpm")).FullName;
        var store = Directory.CreateDirectory(Path.Combine(directory, "store")).FullName;
        using var tpm = Process.Start(new ProcessStartInfo("swtpm",
        [
            "socket", "--tpm2", "--tpmstate", $"dir={state}", "--ctrl", $"type=tcp,port={control},bindaddr=127.0.0.1",
            "--server", $"type=tcp,port={server},bindaddr=127.0.0.1", "--flags", "not-need-init,startup-clear",
        ]))!;
        try
        {
            await UntilListeningAsync(control);
            var environment = new Dictionary<string, string>
            {
                ["TPM2_PKCS11_STORE"] = store,
                ["TPM2_PKCS11_TCTI"] = $"swtpm:host=127.0.0.1,port={server}",
                ["TPM2_PKCS11_LOG_LEVEL"] = "0",
            };
            await ToolAsync(environment, "--slot-index", "0", "--init-token", "--label", "ca", "--so-pin", "sopin-4711");
            await ToolAsync(environment, "--slot-index", "0", "--init-pin", "--so-pin", "sopin-4711", "--login", "--login-type", "so", "--new-pin", "userpin-4711");
            // A TPM without a resource manager serves one session.
            IssueFrom(new HsmSettings(TpmModule, "ca", WritePin("userpin-4711")) { Environment = environment, Sessions = 1 }, AlgorithmSuite.P256);
        }
        finally
        {
            tpm.Kill();
            await tpm.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public void A_wrong_pin_is_refused_by_naming_module_and_token()
    {
        using var softHsm = new SoftHsm();
        softHsm.AddToken("ca");
        var settings = new HsmSettings(SoftHsm.Library, "ca", WritePin("0000")) { Environment = softHsm.Environment };
        var e = Assert.Throws<ConfigurationException>(() => HsmSigningKey.Generate(settings, "x", AlgorithmSuite.P256, SoftHsm.Host));
        Assert.Contains("token ca", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<ConfigurationException>(() => HsmSigningKey.Generate(settings with { Token = "other" }, "x", AlgorithmSuite.P256, SoftHsm.Host));
        Assert.Contains("no token of this label", e.Message, StringComparison.Ordinal);
    }

    private void IssueFrom(HsmSettings hsm, AlgorithmSuite suite)
    {
        var options = new CeremonyOptions
        {
            Directory = Path.Combine(directory, "ca"),
            RootSubject = DistinguishedName.Parse("CN=云泽市根 CA,C=CN"),
            IssuingSubject = DistinguishedName.Parse("CN=云泽市签发 CA,C=CN"),
            Publisher = "http://pki.yunze.example",
            Passphrase = "correct horse",
            RootPassphrase = "battery staple",
            RootSuite = suite,
            IssuingSuite = suite,
            IssuingHsm = hsm,
        };
        var settings = new InitialiseCa(time).Run(options, SoftHsm.Host);
        Assert.False(File.Exists(Path.Combine(options.Directory, "keys", "issuing.key")));
        using var ca = CertificationAuthority.Open(settings, "correct horse", SoftHsm.Host);
        var issuer = new CertificateIssuer(ca);
        Parallel.For(0, 4, i =>
        {
            using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
            var certificate = Certificate.FromDer(issuer.Issue(issuer.Prepare(new IssuanceRequest
            {
                Profile = "person-signing",
                SubjectDer = DistinguishedName.Parse("CN=王敏,O=云泽市图书馆,C=CN").Encoded,
                SubjectPublicKey = key.PublicKey,
                SubscriberId = $"YZ-{i}",
                Now = time.GetUtcNow(),
            })));
            Assert.Null(ca.Chains.Validate(certificate, new ChainPolicy(time.GetUtcNow())).Fault);
        });
    }

    private string WritePin(string pin)
    {
        var file = Path.Combine(directory, $"{Guid.NewGuid():N}.pin");
        KeyFile.WritePrivate(file, pin + "\n");
        return file;
    }

    private static async Task ToolAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        string[] assignments = [.. environment.Select(e => $"{e.Key}={e.Value}")];
        var (exit, output) = await Command.RunAsync("env", [.. assignments, "pkcs11-tool", "--module", TpmModule, .. arguments]);
        Assert.True(exit == 0, output);
    }

    private static async Task UntilListeningAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (attempt < 200)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);
}
