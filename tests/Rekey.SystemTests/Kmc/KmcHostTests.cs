using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Rekey.Ca.Upstream;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store.Keys;
using Rekey.Testing;
using Rekey.Testing.Institutions;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

/// <summary>A key-management centre that nothing but the program's commands made, on a host of its own, reached over mutual TLS.</summary>
[Collection(nameof(KmcHostTests))]
public sealed class KmcHostTests(KmcHostTests.Site site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_CA_gets_a_key_over_mutual_TLS()
    {
        using var transport = RSA.Create(2048);
        var key = await site.HandOutAsync(new TestHolder(new TestPki()), AlgorithmSuite.P256, HandOutTests.Public(transport));
        using var opened = SoftwareSigningKey.FromPkcs8(WrappedKey.FromDer(key.Envelope.Der).Open(transport));
        Assert.Equal(key.Spki, opened.PublicKey.Spki.ToArray());
    }

    [Fact]
    public async Task Nobody_else_passes_the_gate()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("kmc-tls"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync("ca-tls"));
        using var http = new HttpClient { BaseAddress = new($"https://localhost:{Ports.Free()}") };
        await Assert.ThrowsAsync<KmcUnreachableException>(() => new HttpKmcUpstream(http).ExchangeAsync([], Cancel));
    }

    [Fact]
    public async Task Status_doctor_backup_and_audit_know_the_centre()
    {
        Assert.Matches(@"P-256\s+\d+\s+2\s", await Site.RekeyAsync("kmc", "status", "--dir", site.Directory));
        var doctor = (await RekeyCommand.RunAsync("doctor", "--dir", site.Directory)).Output;
        Assert.Contains("the key-management centre's keys open", doctor, StringComparison.Ordinal);
        Assert.Contains("2 of 3 custodians", doctor, StringComparison.Ordinal);
        Assert.DoesNotContain("RED", doctor, StringComparison.Ordinal);
        File.Move(site.In("kmc/master-1.key"), site.In("kmc/master-1.away"));
        Assert.Contains("RED  the key-management centre's keys", (await RekeyCommand.RunAsync("doctor", "--dir", site.Directory)).Output, StringComparison.Ordinal);
        File.Move(site.In("kmc/master-1.away"), site.In("kmc/master-1.key"));
        Assert.Contains($"the key-management centre at {site.Address} answers", (await RekeyCommand.RunAsync("doctor", "--dir", site.CaHost)).Output, StringComparison.Ordinal);
        Assert.Contains("kmc: backed up", await Site.RekeyAsync("backup", "--dir", site.Directory, site.In("backup")), StringComparison.Ordinal);
        Assert.True(File.Exists(site.In("backup/kmc.backup")));
        var key = (await Site.RekeyAsync("audit", "export", "--dir", site.Directory, "--authority", "kmc", site.In("kmc.log"))).Split(' ', 2)[1].Trim();
        Assert.StartsWith("pki.yunze.example/audit/kmc+", key, StringComparison.Ordinal);
        Assert.Contains("intact", await Site.RekeyAsync("audit", "verify", site.In("kmc.log"), "--key", key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_setting_and_a_kind_of_key_that_is_not_made_are_refused()
    {
        var text = await File.ReadAllTextAsync(site.In("rekey.yaml"), Cancel);
        var other = Path.Combine(site.Directory, "other");
        Directory.CreateDirectory(other);
        async Task RefusesAsync(string part, string instead, string words)
        {
            await File.WriteAllTextAsync(Path.Combine(other, "rekey.yaml"), text.Replace(part, instead, StringComparison.Ordinal), Cancel);
            var (code, output) = await RekeyCommand.RunAsync("kmc", "status", "--dir", other);
            Assert.NotEqual(0, code);
            Assert.Contains(words, output, StringComparison.Ordinal);
        }

        await RefusesAsync("P-256: 2", "P-521: 2", "kmc.pool.P-521: unknown key");
        await RefusesAsync("P-256: 2", "P-256: -1", "is not a whole number from 0");
        await RefusesAsync("threshold: 2", "threshold: 4", "is more than there are custodians");
        await RefusesAsync("clients:", "client:", "kmc.client: unknown key");
    }

    [Fact]
    public async Task The_master_comes_back_from_two_of_three_custodians()
    {
        await Site.RekeyAsync("kmc", "split-master", "--dir", site.Directory, "--out", site.In("shares"));
        await Site.RekeyAsync("kmc", "restore-key", "--out", site.In("restore"), "--passphrase-file", site.In("kmc/passphrase"));
        foreach (var i in (int[])[1, 3])
        {
            await Site.RekeyAsync(
                "kmc", "open-share", "--share", site.In($"shares/master-1.{i}.share"), "--key", site.In($"custodian-{i}.key"), "--passphrase-file", site.In("kmc/passphrase"),
                "--to", site.In("restore.pub"), "--out", site.In($"opened-{i}"));
        }

        string[] restore = ["kmc", "restore-master", "--dir", site.Directory, "--key", site.In("restore.key"), "--passphrase-file", site.In("kmc/passphrase"), "--share"];
        Assert.Contains("RK-5201", (await RekeyCommand.RunAsync([.. restore, site.In("opened-1")])).Output, StringComparison.Ordinal);
        var master = SymmetricKeyFile.Read(site.In("kmc/master-1.key"), Site.Passphrase);
        File.Move(site.In("kmc/master-1.key"), site.In("lost.key"));
        await Site.RekeyAsync([.. restore, site.In("opened-1"), site.In("opened-3")]);
        Assert.Equal(master, SymmetricKeyFile.Read(site.In("kmc/master-1.key"), Site.Passphrase));
    }

    [Fact]
    public async Task An_order_of_recovery_goes_by_files_from_hand_to_hand()
    {
        using var transport = RSA.Create(2048);
        var key = await site.HandOutAsync(new TestHolder(new TestPki(), "YZ-000777"), AlgorithmSuite.P256, HandOutTests.Public(transport));
        var id = (await Site.RekeyAsync("kmc", "keys", "--dir", site.Directory, "--subscriber", "YZ-000777")).Split(' ')[0];

        await Site.RekeyAsync("kmc", "recover", "order", "--subscriber", "YZ-000777", "--key", id, "--carrier", site.In("carrier.pem"), "--reason", "Court order 17", "--out", site.In("order"));
        foreach (var i in (int[])[1, 2])
        {
            var shown = await Site.RekeyAsync(
                "kmc", "recover", "sign", "--order", site.In("order"), "--certificate", site.In($"custodian-{i}.pem"), "--key", site.In($"custodian-{i}.key"),
                "--passphrase-file", site.In("kmc/passphrase"), "--out", site.In($"order.{i}.sig"));
            Assert.Contains("reason: Court order 17", shown, StringComparison.Ordinal);
        }

        string[] run = ["kmc", "recover", "run", "--dir", site.Directory, "--order", site.In("order"), "--target", site.In("carrier.pem"), "--out", site.In("envelope"), "--signature"];
        Assert.Contains("RK-5101", (await RekeyCommand.RunAsync([.. run, site.In("order.1.sig")])).Output, StringComparison.Ordinal);
        await Site.RekeyAsync([.. run, site.In("order.1.sig"), site.In("order.2.sig")]);
        using var carrier = RSA.Create();
        carrier.ImportPkcs8PrivateKey(site.Carrier.ExportPkcs8(), out _);
        using var opened = SoftwareSigningKey.FromPkcs8(WrappedKey.FromDer(await File.ReadAllBytesAsync(site.In("envelope"), Cancel)).Open(carrier));
        Assert.Equal(key.Spki, opened.PublicKey.Spki.ToArray());
    }

    private async Task<HttpStatusCode> StatusAsync(string? client)
    {
        using var http = site.Client(client);
        using var content = new StringContent("x");
        using var answer = await http.PostAsync(new Uri("kmc/v1/cmp", UriKind.Relative), content, Cancel);
        return answer.StatusCode;
    }

    [CollectionDefinition(nameof(KmcHostTests))]
    public sealed class OneSite : ICollectionFixture<Site>;

    public sealed class Site : IAsyncLifetime
    {
        public const string Passphrase = "correct horse";

        private readonly TestCa ca = new(TimeProvider.System);
        public string CaHost { get; } = System.IO.Directory.CreateTempSubdirectory("rekey-host-ca-").FullName;
        private WebApplication? app;

        public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("rekey-host-kmc-").FullName;

        public Uri Address { get; } = new($"https://localhost:{Ports.Free()}");

        public SoftwareSigningKey Carrier { get; } = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);

        /// <summary>Orders a key over mutual TLS, as the CA does.</summary>
        public async Task<HandedOutKey> HandOutAsync(TestHolder holder, AlgorithmSuite kind, PublicKey transport)
        {
            using var http = Client("ca-tls");
            var kmc = Certificate.FromPem(await File.ReadAllTextAsync(In("kmc/kmc.pem"), Cancel))[0];
            var question = holder.Order(kind).Wrap(
                holder.Request(transport, kind), kmc.Subject.Encoded.ToArray(), CmpSigner.Of(ca.Authority.Cmp.Key, ca.Authority.Cmp.Certificate.Encoded.ToArray()), DateTimeOffset.UtcNow);
            var answer = CmpMessage.Parse(await new HttpKmcUpstream(http).ExchangeAsync(question, Cancel));
            return HandedOutKey.Read(answer, new(kmc, Oids.CmKga, ca.Authority.Chains), CmpMessage.Parse(question), DateTimeOffset.UtcNow);
        }

        public string In(string name) => Path.Combine(Directory, name);

        public static async Task<string> RekeyAsync(params string[] arguments)
        {
            var (code, output) = await RekeyCommand.RunAsync(arguments);
            Assert.True(code == 0, output);
            return output;
        }

        public HttpClient Client(string? identity)
        {
            var files = new IdentityFiles(In($"{identity}.pem"), In($"{identity}.key"), new(In("kmc/passphrase"), "key", "missing"));
            return InnerClient.Create(Address, identity is null ? (SslStreamCertificateContext?)null : TlsIdentity.Open(files), TlsIdentity.Certificates(ca.PathOf("certificates", "root.pem")));
        }

        public async ValueTask InitializeAsync()
        {
            KeyFile.WritePrivate(In("passphrase"), Passphrase + "\n");
            await File.WriteAllTextAsync(Path.Combine(CaHost, "rekey.yaml"), $"ca: {ca.PathOf()}\n");
            await RekeyAsync("migrate", "--dir", CaHost);
            await RekeyAsync("kmc", "init", "--dir", In("kmc"), "--origin", "pki.yunze.example/audit/kmc", "--passphrase-file", In("passphrase"), "--keep-passphrase");
            Assert.NotEqual(0, (await RekeyCommand.RunAsync("kmc", "init", "--dir", In("kmc"), "--origin", "x", "--passphrase-file", In("passphrase"))).ExitCode);
            string[] certificate = ["ca", "service-certificate", "--dir", CaHost, "--passphrase-file", In("passphrase")];
            await RekeyAsync([.. certificate, "--role", "kmc", "--name", "kmc", "--out", In("kmc")]);
            await RekeyAsync([.. certificate, "--role", "tls", "--name", "kmc-tls", "--host", "localhost", "--out", Directory]);
            await RekeyAsync([.. certificate, "--role", "tls", "--name", "ca-tls", "--host", "ca.inner.example", "--out", Directory]);
            for (var i = 1; i <= 3; i++)
            {
                using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
                KeyFile.Write(In($"custodian-{i}.key"), key, Passphrase);
                await File.WriteAllTextAsync(In($"custodian-{i}.pem"), ca.IssuePerson(key.PublicKey, $"Custodian {i}", $"C-{i}").ToPem());
            }

            await File.WriteAllTextAsync(In("carrier.pem"), ca.IssuePerson(Carrier.PublicKey, "Carrier", "X-1").ToPem());
            await File.WriteAllTextAsync(In("rekey.yaml"), $$"""
                inner: { listen: {{Address.GetLeftPart(UriPartial.Authority)}}, certificate: kmc-tls.pem, key: kmc-tls.key, passphraseFile: passphrase }
                kmc:
                  store: { sqlite: kmc.db }
                  certificate: kmc/kmc.pem
                  key: kmc/kmc.key
                  passphraseFile: kmc/passphrase
                  ca: {{ca.PathOf("certificates", "cmp.pem")}}
                  clients: [ca-tls.pem]
                  pool: { P-256: 2, cpuPercent: 100 }
                  recovery: { custodians: [custodian-1.pem, custodian-2.pem, custodian-3.pem], officers: [custodian-1.pem, custodian-2.pem], threshold: 2 }

                """);
            Assert.Contains("KMC: 1 steps made", await RekeyAsync("migrate", "--dir", Directory), StringComparison.Ordinal);
            await File.AppendAllTextAsync(ca.PathOf("ca.yaml"), $"kmcCertificate: {In("kmc/kmc.pem")}\n");
            await File.WriteAllTextAsync(Path.Combine(CaHost, "rekey.yaml"), $$"""
                ca: {{ca.PathOf()}}
                inner: { listen: https://localhost:{{Ports.Free()}}, certificate: {{In("ca-tls.pem")}}, key: {{In("ca-tls.key")}}, passphraseFile: {{In("passphrase")}} }
                kmcUpstream: { address: {{Address.GetLeftPart(UriPartial.Authority)}}, trust: {{ca.PathOf("certificates", "root.pem")}} }

                """);
            app = ServerHost.BuildKmc(ServerSettings.Load(Directory), TimeProvider.System);
            await app.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (app is not null)
            {
                await app.StopAsync();
                await app.DisposeAsync();
            }

            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Carrier.Dispose();
            ca.Dispose();
            System.IO.Directory.Delete(CaHost, recursive: true);
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
