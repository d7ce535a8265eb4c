using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Agent.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Tests.Agent;

/// <summary>Which TLS certificates the agent takes for its site's.</summary>
public sealed class SiteTlsTests
{
    private static readonly Authority Known = new("CN=云泽市网络 CA");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_of_a_configured_CA_is_accepted() => Assert.Equal("hello", await FetchAsync(Known.Certify("localhost"), Known.Certificate));

    [Fact]
    public async Task Without_the_configured_CA_it_is_refused_at_once_with_the_site_named()
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() => AttachAsync(Known.Certify("localhost")));
        Assert.Equal(1053, problem.Problem.Number);
        Assert.StartsWith("https://localhost:", problem.Problem.Arguments[0], StringComparison.Ordinal);
    }

    [Fact]
    public Task A_certificate_of_another_CA_of_the_same_name_is_refused() => RefusedAsync(new Authority("CN=云泽市网络 CA").Certify("localhost"));

    [Fact]
    public Task A_certificate_for_another_name_is_refused() => RefusedAsync(Known.Certify("elsewhere.example"));

    [Fact]
    public Task An_expired_certificate_is_refused() => RefusedAsync(Known.Certify("localhost", expired: true));

    [Fact]
    public Task A_certificate_that_is_not_for_servers_is_refused() => RefusedAsync(Known.Certify("localhost", usage: "1.3.6.1.5.5.7.3.2"));

    private static async Task RefusedAsync(X509Certificate2 server)
    {
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync(server, Known.Certificate));
        Assert.IsType<AuthenticationException>(e.InnerException);
    }

    private static async Task<string> FetchAsync(X509Certificate2 server, params X509Certificate2[] anchors)
    {
        using var site = new Site(server);
        using var http = new HttpClient(SiteTls.Handler(site.Address, anchors, TimeSpan.FromSeconds(20)));
        return await http.GetStringAsync(site.Address, Cancel);
    }

    private static async Task AttachAsync(X509Certificate2 server)
    {
        using var site = new Site(server);
        using var bridge = new BridgeClient(site.Address.GetLeftPart(UriPartial.Authority), new BridgeLimits(), TimeProvider.System, []);
        await bridge.AttachAsync("ticket", "1.0", TimeProvider.System, Cancel);
    }

    private sealed class Authority
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public Authority(string name)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            Certificate = request.CreateSelfSigned(Day(-10), Day(10));
        }

        public X509Certificate2 Certificate { get; }

        public X509Certificate2 Certify(string host, bool expired = false, string usage = "1.3.6.1.5.5.7.3.1")
        {
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={host}", own, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
            using var certificate = request.Create(Certificate, Day(-5), Day(expired ? -1 : 5), RandomNumberGenerator.GetBytes(16));
            using var withKey = certificate.CopyWithPrivateKey(own);
            return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
        }

        private static DateTimeOffset Day(int fromToday) => TimeProvider.System.GetUtcNow().AddDays(fromToday);
    }

    // One answer to whoever completes the handshake.
    private sealed class Site : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public Site(X509Certificate2 certificate)
        {
            listener.Start();
            Address = new($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/");
            _ = ServeAsync(certificate);
        }

        public Uri Address { get; }

        public void Dispose() => listener.Dispose();

        private async Task ServeAsync(X509Certificate2 certificate)
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(Cancel);
                    await using var tls = new SslStream(client.GetStream());
                    try
                    {
                        await tls.AuthenticateAsServerAsync(certificate);
                        await tls.ReadAtLeastAsync(new byte[1024], 1, cancellationToken: Cancel);
                        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray(), Cancel);
                    }
                    catch (Exception e) when (e is AuthenticationException or IOException)
                    {
                        // the client did not want it
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // the test is over
            }
        }
    }
}
