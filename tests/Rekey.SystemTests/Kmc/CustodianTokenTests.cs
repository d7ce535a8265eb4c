using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Server.Commands;
using Rekey.Store.Keys;
using Rekey.Testing;
using Rekey.Testing.Institutions;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Certificate = Rekey.Pki.Certificates.Certificate;
using PublicKey = Rekey.Pki.Algorithms.PublicKey;

namespace Rekey.SystemTests.Kmc;

/// <summary>
/// Custodians whose keys are on tokens of their own: Sun's RSA keys behind PKCS#11, Li's SM2 keys behind SKF. Every step is a command of the
/// program, as a custodian types it.
/// </summary>
[Collection(nameof(KmcHostTests))]
public sealed class CustodianTokenTests(KmcHostTests.Site site) : IDisposable
{
    private static readonly byte[] Signing = [.. "own"u8];
    private static readonly byte[] Encryption = [.. "own\0"u8];

    private readonly SoftHsm softHsm = new();
    private readonly SoftUKey ukey = new();
    private readonly TokenCertificates ca = new();
    private readonly string settings = File.ReadAllText(site.In("rekey.yaml"));

    static CustodianTokenTests() => OwnToken.Host = SoftHsm.Host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string[] Sun => ["--hsm-module", SoftHsm.Library, "--hsm-token", "Sun", "--hsm-pin-file", site.In("sun.pin"), "--hsm-env", $"SOFTHSM2_CONF={softHsm.ConfigurationFile}"];

    private string[] Li => ["--hsm-module", SoftUKey.Library, "--hsm-token", "Li", "--hsm-pin-file", site.In("li.pin"), "--hsm-env", $"REKEY_SOFTTOKEN_DIR={ukey.Variables["REKEY_SOFTTOKEN_DIR"]}"];

    [Fact]
    public async Task Two_of_three_custodians_restore_the_master_and_recover_a_key_into_a_carrier_with_their_own_tokens()
    {
        await MakeCustodiansAsync();
        var person = new TestHolder(new TestPki(), "YZ-000778", AlgorithmSuite.Sm2);
        var key = await site.HandOutAsync(person, AlgorithmSuite.Sm2, person.NewKey.PublicKey);

        // The master is lost, and comes back from two shares.
        await KmcHostTests.Site.RekeyAsync("kmc", "split-master", "--dir", site.Directory, "--out", site.In("token-shares"));
        await KmcHostTests.Site.RekeyAsync("kmc", "restore-key", "--out", site.In("again"), "--passphrase-file", site.In("kmc/passphrase"));
        var master = SymmetricKeyFile.Read(site.In("kmc/master-1.key"), KmcHostTests.Site.Passphrase);
        File.Move(site.In("kmc/master-1.key"), site.In("lost-once-more.key"));
        Assert.Contains("Share 1 of master version 1", await KmcHostTests.Site.RekeyAsync(OpenShare(1, Sun)), StringComparison.Ordinal);
        await RefusedAsync(OpenShare(3, Sun), "RK-5202");
        await File.WriteAllTextAsync(site.In("li.pin"), "Pin-000000\n", Cancel);
        await RefusedAsync(OpenShare(2, Li), "RK-1011");
        await File.WriteAllTextAsync(site.In("li.pin"), SoftUKey.Pin + "\n", Cancel);
        await TypeLisPinAsync(OpenShare(2, Li));
        await KmcHostTests.Site.RekeyAsync(
            "kmc", "restore-master", "--dir", site.Directory, "--key", site.In("again.key"), "--passphrase-file", site.In("kmc/passphrase"), "--share", site.In("passed-1"), site.In("passed-2"));
        Assert.Equal(master, SymmetricKeyFile.Read(site.In("kmc/master-1.key"), KmcHostTests.Site.Passphrase));

        // A court orders the key; both sign, and it leaves the centre for nothing but the carrier.
        var id = (await KmcHostTests.Site.RekeyAsync("kmc", "keys", "--dir", site.Directory, "--subscriber", "YZ-000778")).Split(' ')[0];
        await KmcHostTests.Site.RekeyAsync(
            "kmc", "recover", "order", "--subscriber", "YZ-000778", "--key", id, "--carrier", site.In("court.pem"), "--reason", "Court order 18", "--out", site.In("order-18"));
        await KmcHostTests.Site.RekeyAsync(Sign("sun", Sun));
        await KmcHostTests.Site.RekeyAsync(Sign("li", Li));
        await KmcHostTests.Site.RekeyAsync(
            "kmc", "recover", "run", "--dir", site.Directory, "--order", site.In("order-18"), "--target", site.In("court.pem"), "--out", site.In("envelope-18"),
            "--signature", site.In("sun.sig"), site.In("li.sig"));

        var envelope = new KeyEnvelope(KeyEnvelopeForm.Sm2EnvelopedKey, await File.ReadAllBytesAsync(site.In("envelope-18"), Cancel));
        using var module = ukey.Module();
        using var li = LogIn(module, "Li");
        Assert.Equal(TokenFault.EnvelopeRefused, Assert.Throws<TokenException>(() => Put(li, "recovered"u8, envelope, key.Spki)).Fault);
        using var carrier = LogIn(module, "Court");
        carrier.ImportEncryptionKey(Encryption, "recovered", envelope, key.Spki);
        Assert.True(carrier.Opens(Encryption, EncryptionProbe.For(PublicKey.FromSpki(key.Spki))));
    }

    public void Dispose()
    {
        softHsm.Dispose();
        ukey.Dispose();
        File.WriteAllText(site.In("rekey.yaml"), settings);
    }

    private static void Put(IToken token, ReadOnlySpan<byte> name, KeyEnvelope envelope, byte[] spki)
    {
        token.GenerateSigningPair(name, "recovered", AlgorithmSuite.Sm2);
        token.ImportEncryptionKey([.. name, 0], "recovered", envelope, spki);
    }

    private static IToken LogIn(HostedModule module, string label)
    {
        var token = module.Open(module.ListTokens().Single(t => t.Label == label).Identity);
        token.Login(SoftUKey.PinBytes);
        return token;
    }

    private static async Task RefusedAsync(string[] command, string problem)
    {
        var (code, output) = await RekeyCommand.RunAsync(command);
        Assert.NotEqual(0, code);
        Assert.Contains($"rekey: {problem} ", output, StringComparison.Ordinal);
    }

    private string[] OpenShare(int x, string[] token) =>
    [
        "kmc", "open-share", "--share", site.In($"token-shares/master-1.{x}.share"), "--to", site.In("again.pub"), "--out", site.In($"passed-{x}"), .. token,
    ];

    private string[] Sign(string who, string[] token) =>
    [
        "kmc", "recover", "sign", "--order", site.In("order-18"), "--certificate", site.In($"{who}.pem"), "--out", site.In($"{who}.sig"), .. token,
    ];

    private static async Task TypeLisPinAsync(string[] command)
    {
        var withoutFile = command.Where((_, i) => command[i] != "--hsm-pin-file" && (i == 0 || command[i - 1] != "--hsm-pin-file"));
        await using var terminal = new Terminal([ServerProcess.Program, .. withoutFile]);
        await terminal.UntilAsync("PIN of the token Li", Cancel);
        await terminal.TypeAsync($"{SoftUKey.Pin}\r", Cancel);
        Assert.True(await terminal.EndAsync(Cancel) == 0, terminal.Output);
        Assert.DoesNotContain(SoftUKey.Pin, terminal.Output, StringComparison.Ordinal);
    }

    // Custodian 3 of the site has key files and takes no part.
    private async Task MakeCustodiansAsync()
    {
        KeyFile.WritePrivate(site.In("sun.pin"), SoftHsm.Pin + "\n");
        KeyFile.WritePrivate(site.In("li.pin"), SoftUKey.Pin + "\n");
        softHsm.AddToken("Sun");
        using (var module = softHsm.Module())
        using (var token = SoftHsm.LogIn(module))
        {
            await File.WriteAllTextAsync(site.In("sun.pem"), Enrol(token, AlgorithmSuite.Rsa2048, "CN=Sun, SERIALNUMBER=C-SUN"), Cancel);
        }

        await ukey.AddTokenAsync("Li");
        await ukey.AddTokenAsync("Court");
        using (var module = ukey.Module())
        {
            using var li = LogIn(module, "Li");
            await File.WriteAllTextAsync(site.In("li.pem"), Enrol(li, AlgorithmSuite.Sm2, "CN=Li, SERIALNUMBER=C-LI"), Cancel);
            using var court = LogIn(module, "Court");
            var carrier = court.GenerateSigningPair(Signing, "carrier", AlgorithmSuite.Sm2);
            await File.WriteAllTextAsync(site.In("court.pem"), Pem(ca.Issue(carrier.Spki, "CN=Court carrier")), Cancel);
        }

        await File.WriteAllTextAsync(site.In("people.pem"), Pem(ca.Pki.Root.Der) + Pem(ca.Pki.Issuing.Der), Cancel);
        await File.WriteAllTextAsync(site.In("rekey.yaml"), settings
            .Replace("custodians: [custodian-1.pem, custodian-2.pem, custodian-3.pem]", "custodians: [sun.pem, li.pem, custodian-3.pem]", StringComparison.Ordinal)
            .Replace("  clients:", "  trust: [people.pem]\n  clients:", StringComparison.Ordinal), Cancel);
    }

    // The signing certificate, then the encryption certificate.
    private string Enrol(IToken token, AlgorithmSuite suite, string subject)
    {
        var pair = token.GenerateSigningPair(Signing, "signing", suite);
        var certificate = ca.Issue(pair.Spki, subject);
        token.WriteCertificate(Signing, "signing", certificate);
        using var key = SoftwareSigningKey.Generate(suite);
        var other = ca.Issue(key.PublicKey.Spki.Span, subject, X509KeyUsageFlags.KeyEncipherment);
        EncryptionPairs.Put(token, Signing, Encryption, "encryption", key, other);
        return Pem(certificate) + Pem(other);
    }

    private static string Pem(byte[] der) => Certificate.FromDer(der).ToPem();
}
