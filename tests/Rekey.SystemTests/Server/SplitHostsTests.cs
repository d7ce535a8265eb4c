using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;
using Rekey.Testing.Pki;
using CaState = Rekey.Ca.Certificates.CertificateState;

namespace Rekey.SystemTests.Server;

/// <summary>RA, CA and publisher each on a host of its own, with mutual TLS between them.</summary>
public sealed class SplitHostsTests(SplitHostsTests.Site site) : IClassFixture<SplitHostsTests.Site>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningInstitution Running => site.Running;

    private SplitHosts Hosts => Running.Institution.Hosts!;

    [Fact]
    public async Task A_renewal_goes_through_all_hosts_and_its_status_reaches_the_publisher()
    {
        using var openssl = new OpenSslClient();
        openssl.Write("old", await Running.Institution.EnrolSoftwareAsync(Running.Services, new("", "云泽市第三中学", "YZ8001", 20, AlgorithmSuite.P256), Cancel));
        await openssl.NewKeyAsync("new");
        OpenSslClient.Require(await openssl.RunAsync(
            "cmp", "-config", "", "-cmd", "kur", "-server", new Uri(Running.Portal, "/.well-known/cmp").ToString(), "-trusted", Running.Institution.RootFile,
            "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File("old.crt"),
            "-newkey", openssl.File("new.key"), "-certout", openssl.File("new.crt")));

        var renewed = Certificate.FromDer(openssl.Certificate("new.crt"));
        await using (var ca = await Running.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel))
        {
            Assert.Equal(CaState.Confirmed, await ca.Certificates.Where(c => c.Sha256 == renewed.Sha256).Select(c => c.State).SingleAsync(Cancel));
        }

        await OcspAsync(openssl, "good");
        await Running.Services.GetRequiredService<ChangeStatus>().RunAsync(new(renewed.Sha256, StatusAction.Revoke, "test") { Reason = RevocationReason.KeyCompromise }, Cancel);
        await OcspAsync(openssl, "revoked");
    }

    [Fact]
    public async Task The_CA_answers_nobody_without_a_client_certificate()
    {
        using var http = Client(Hosts.CaAddress, null);
        using var answer = await http.GetAsync(new Uri("ca/v1/events?after=0&max=1", UriKind.Relative), Cancel);
        await RefusedAsync(answer, HttpStatusCode.Unauthorized, "without a client certificate");
    }

    [Fact]
    public async Task A_client_certificate_of_another_CA_is_refused()
    {
        var pki = new TestPki();
        using var http = Client(Hosts.CaAddress, Context(pki.RaSigner));
        using var answer = await http.GetAsync(new Uri("ca/v1/events?after=0&max=1", UriKind.Relative), Cancel);
        await RefusedAsync(answer, HttpStatusCode.Forbidden, "NoPath");
    }

    [Fact]
    public async Task A_certificate_of_our_CA_that_is_no_RAs_is_refused()
    {
        using var http = Client(Hosts.CaAddress, TlsIdentity.Open(Files(Hosts.Ca, "ca-tls")));
        using var answer = await http.GetAsync(new Uri("ca/v1/events?after=0&max=1", UriKind.Relative), Cancel);
        await RefusedAsync(answer, HttpStatusCode.Forbidden, "WrongUse");
    }

    [Fact]
    public async Task An_RA_that_the_CA_does_not_name_is_refused()
    {
        await OrderAsync("ra", "other-ra");
        using var http = Client(Hosts.CaAddress, TlsIdentity.Open(Files(Hosts.Ca, "other-ra")));
        using var answer = await http.PostAsync(new Uri("ca/v1/cmp", UriKind.Relative), Body([0x30], "application/pkixcmp"), Cancel);
        await RefusedAsync(answer, HttpStatusCode.Forbidden, "not one of ours");
    }

    [Fact]
    public async Task A_body_of_another_kind_or_size_is_refused_by_name()
    {
        using var http = Client(Hosts.CaAddress, Ra());
        using var kind = await http.PostAsync(new Uri("ca/v1/cmp", UriKind.Relative), Body([0x30], "text/plain"), Cancel);
        await RefusedAsync(kind, HttpStatusCode.UnsupportedMediaType, "application/pkixcmp");
        using var size = await http.PostAsync(new Uri("ca/v1/cmp", UriKind.Relative), Body(new byte[CmpMessage.MaxLength + 1], "application/pkixcmp"), Cancel);
        await RefusedAsync(size, HttpStatusCode.RequestEntityTooLarge, "octets");
        using var method = await http.GetAsync(new Uri("ca/v1/cmp", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, method.StatusCode);
        using var path = await http.GetAsync(new Uri("CaUpdate/", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, path.StatusCode);

        // What is no CMP message gets a CMP answer.
        using var garbage = await http.PostAsync(new Uri("ca/v1/cmp", UriKind.Relative), Body([1, 2, 3], "application/pkixcmp"), Cancel);
        Assert.Equal(CmpBodyType.Error, CmpMessage.Parse(await garbage.Content.ReadAsByteArrayAsync(Cancel)).Type);
    }

    [Theory]
    [InlineData("after=x&max=1")]
    [InlineData("after=0")]
    [InlineData("after=0&max=0")]
    [InlineData("after=0&max=1001")]
    [InlineData("after=-1&max=5")]
    public async Task Events_are_asked_for_by_number(string query)
    {
        using var http = Client(Hosts.CaAddress, Ra());
        using var answer = await http.GetAsync(new Uri($"ca/v1/events?{query}", UriKind.Relative), Cancel);
        await RefusedAsync(answer, HttpStatusCode.BadRequest, "after is");
    }

    [Fact]
    public async Task Only_the_CA_may_push_to_the_publisher()
    {
        using var nobody = Client(Hosts.InboxAddress, null);
        using var without = await nobody.PostAsync(new Uri("publisher/v1/push", UriKind.Relative), Body("{}"u8.ToArray(), "application/json"), Cancel);
        await RefusedAsync(without, HttpStatusCode.Unauthorized, "without a client certificate");
        using var ra = Client(Hosts.InboxAddress, Ra());
        using var refused = await ra.PostAsync(new Uri("publisher/v1/push", UriKind.Relative), Body("{}"u8.ToArray(), "application/json"), Cancel);
        await RefusedAsync(refused, HttpStatusCode.Forbidden, "may push");
        using var ca = Client(Hosts.InboxAddress, TlsIdentity.Open(Files(Hosts.Ca, "ca-tls")));
        using var taken = await ca.PostAsync(new Uri("publisher/v1/push", UriKind.Relative), Body("{}"u8.ToArray(), "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.NoContent, taken.StatusCode);
        // Each port keeps to what it is for.
        using var inside = await ca.GetAsync(new Uri("crl/root.crl", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, inside.StatusCode);
        using var open = new HttpClient();
        using var outside = await open.PostAsync(new Uri(Running.Publisher, "publisher/v1/wanted"), null, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    [Fact]
    public async Task A_server_whose_certificate_is_not_of_our_root_is_not_talked_to()
    {
        var pki = new TestPki();
        using var root = X509CertificateLoader.LoadCertificate(pki.Root.Der);
        using var http = InnerClient.Create(Hosts.CaAddress, Ra(), [root]);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("ca/v1/events?after=0&max=1", UriKind.Relative), Cancel));
    }

    private static SslStreamCertificateContext Context(TestPki.Entity entity)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(entity.Der);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(entity.Key.ExportPkcs8(), out _);
        return SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(key), null, offline: true);
    }

    private static ByteArrayContent Body(byte[] octets, string type) => new(octets) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static async Task RefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string words)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static IdentityFiles Files(string directory, string name) =>
        new(Path.Combine(directory, $"{name}.pem"), Path.Combine(directory, $"{name}.key"), new(Path.Combine(directory, "passphrase"), name, "no file"));

    private SslStreamCertificateContext Ra() => TlsIdentity.Open(Files(Hosts.Ra[0], "ra"), Path.Combine(Hosts.Ra[0], "issuing.pem"));

    private HttpClient Client(Uri address, SslStreamCertificateContext? me) =>
        InnerClient.Create(address, me, TlsIdentity.Certificates(Running.Institution.RootFile));

    private Task<Certificate> OrderAsync(string role, string name) => Running.Services.GetRequiredService<IssueServiceCertificate>().RunAsync(
        new(role, name, Hosts.Ca, File.ReadAllText(Path.Combine(Hosts.Ca, "passphrase")).Trim()), "test", Cancel);

    private async Task OcspAsync(OpenSslClient openssl, string status)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(100, Cancel))
        {
            var (_, output) = await openssl.RunAsync(
                "ocsp", "-issuer", Running.Institution.ChainFile, "-cert", openssl.File("new.crt"), "-CAfile", Running.Institution.RootFile,
                "-url", new Uri(Running.Publisher, "/ocsp").ToString());
            if (output.Contains($"new.crt: {status}", StringComparison.Ordinal))
            {
                return;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), output);
        }
    }

    /// <summary>One institution for all tests of the class.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public RunningInstitution Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningInstitution.StartAsync(p => p with { Topology = Topology.Split });

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }
}
