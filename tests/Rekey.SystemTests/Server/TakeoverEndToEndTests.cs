using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Server;

/// <summary>A takeover as administrators make it, both halves on the command line, and its holders renewing with OpenSSL.</summary>
public sealed class TakeoverEndToEndTests(TakeoverEndToEndTests.Site site) : IClassFixture<TakeoverEndToEndTests.Site>, IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-takeover-").FullName;
    private readonly OpenSslClient openssl = new();
    private readonly TestPki old = new();
    private readonly List<CrlEntry> revoked = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string IssuerFile => Path.Combine(directory, "old-ca.pem");

    private string CrlFile => Path.Combine(directory, "old-ca.crl");

    public void Dispose()
    {
        openssl.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_taken_over_certificate_is_renewed_by_its_holder()
    {
        WriteIssuer();
        WriteCrl();
        await RegisterAtCaAsync("old-1", "--crl", CrlFile);
        await TakeOverAsync("YZ6001");

        OpenSslClient.Require(await KurAsync());

        var renewed = Certificate.FromDer(openssl.Certificate("new.crt"));
        Assert.Equal("YZ6001", renewed.Subject.Find(Oids.SubjectSerialNumber));
        OpenSslClient.Require(await openssl.RunAsync(
            "verify", "-CAfile", site.Running.Institution.RootFile, "-untrusted", site.Running.Institution.ChainFile, openssl.File("new.crt")));
    }

    [Fact]
    public async Task What_the_old_CA_revoked_is_refused()
    {
        WriteIssuer();
        var certificate = await HolderAsync("YZ6002");
        revoked.Add(new(certificate.SerialHex, DateTimeOffset.UtcNow.AddDays(-1), 1));
        WriteCrl();
        await RegisterAtCaAsync("old-2", "--crl", CrlFile);
        await TakeOverAsync("YZ6002", certificate);

        var (code, output) = await KurAsync();

        Assert.NotEqual(0, code);
        Assert.Contains("RK-3003", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_fresh_status_it_is_refused_and_with_it_renewed()
    {
        WriteIssuer();
        WriteCrl(TimeSpan.FromDays(-20), TimeSpan.FromDays(-10));
        await RegisterAtCaAsync("old-3", "--crl", CrlFile);
        await TakeOverAsync("YZ6003");
        var (code, output) = await KurAsync();
        Assert.NotEqual(0, code);
        Assert.Contains("RK-3009", output, StringComparison.Ordinal);

        WriteCrl();
        await RegisterAtCaAsync("old-3", "--crl", CrlFile);
        OpenSslClient.Require(await KurAsync());
    }

    [Fact]
    public async Task The_last_word_of_a_CA_that_has_stopped_holds_for_ever()
    {
        WriteIssuer();
        WriteCrl(TimeSpan.FromDays(-400), TimeSpan.FromDays(-390));
        await RegisterAtCaAsync("old-4", "--final-crl", CrlFile);
        await TakeOverAsync("YZ6004");
        OpenSslClient.Require(await KurAsync());
    }

    [Fact]
    public async Task A_CA_that_only_the_RA_knows_is_not_enough()
    {
        WriteIssuer();
        await TakeOverAsync("YZ6005");
        var (code, output) = await KurAsync();
        Assert.NotEqual(0, code);
        Assert.Contains("RK-3009", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CRL_of_another_CA_registers_nothing()
    {
        WriteIssuer();
        var other = new TestPki();
        File.WriteAllBytes(CrlFile, CrlBuilder.Sign(Template(TimeSpan.Zero, TimeSpan.FromDays(1)), Certificate.FromDer(other.Issuing.Der), other.Issuing.Key));
        var (code, output) = await RekeyAsync("takeover", "issuer", "add", "--dir", site.Running.Institution.Directory, "--name", "old-5", "--certificate", IssuerFile, "--crl", CrlFile);
        Assert.Equal(78, code);
        Assert.Contains("is not signed by", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output)> RekeyAsync(params string[] arguments) => RekeyCommand.RunAsync(arguments);

    private void WriteIssuer() => File.WriteAllText(IssuerFile, PemEncoding.WriteString("CERTIFICATE", old.Issuing.Der));

    private CrlTemplate Template(TimeSpan since, TimeSpan until) => new()
    {
        Number = 1,
        ThisUpdate = DateTimeOffset.UtcNow + since,
        NextUpdate = DateTimeOffset.UtcNow + until,
        Entries = revoked,
    };

    private void WriteCrl(TimeSpan? since = null, TimeSpan? until = null) => File.WriteAllBytes(
        CrlFile, CrlBuilder.Sign(Template(since ?? TimeSpan.Zero, until ?? TimeSpan.FromDays(7)), Certificate.FromDer(old.Issuing.Der), old.Issuing.Key));

    private async Task RegisterAtCaAsync(string name, params string[] crl)
    {
        var (code, output) = await RekeyAsync(["takeover", "issuer", "add", "--dir", site.Running.Institution.Directory, "--name", name, "--certificate", IssuerFile, .. crl]);
        Assert.True(code == 0, output);
    }

    private async Task<Certificate> HolderAsync(string id)
    {
        var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var der = old.CertifyPublic(key.PublicKey.Spki.ToArray(), $"CN=云泽市{id}, O=云泽市{id}, C=CN", DateTimeOffset.UtcNow.AddDays(30));
        openssl.Write("old", new(key, der));
        await openssl.NewKeyAsync("new");
        return Certificate.FromDer(der);
    }

    private async Task TakeOverAsync(string id, Certificate? certificate = null)
    {
        certificate ??= await HolderAsync(id);
        await File.WriteAllTextAsync(Path.Combine(directory, "holder.pem"), certificate.ToPem(), Cancel);
        await File.WriteAllTextAsync(Path.Combine(directory, "list.csv"), $"certificate,id\nholder.pem,{id}\n", Cancel);
        var (code, output) = await RekeyAsync(
            "takeover", "--dir", site.Running.Institution.Directory, "--issuer", IssuerFile, "--profile", InstitutionPlan.Profile, Path.Combine(directory, "list.csv"));
        Assert.True(code == 0, output);
    }

    private Task<(int Code, string Output)> KurAsync() => openssl.RunAsync(
        "cmp", "-config", "", "-cmd", "kur", "-server", new Uri(site.Running.Portal, "/.well-known/cmp").ToString(), "-trusted", site.Running.Institution.RootFile,
        "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File("old.crt"),
        "-newkey", openssl.File("new.key"), "-certout", openssl.File("new.crt"));

    /// <summary>One institution for all tests of the class, RA and CA on hosts of their own; each test takes over a CA of its own.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public RunningInstitution Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningInstitution.StartAsync(p => p with { Topology = Topology.Split });

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }
}
