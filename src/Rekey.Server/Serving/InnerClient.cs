using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Rekey.Ca.Configuration;

namespace Rekey.Server.Serving;

/// <summary>Makes clients of other hosts' inner listeners.</summary>
internal static class InnerClient
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    // So that a certificate or an address that was changed over there is noticed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Makes one, which lives as long as the process.</summary>
    /// <param name="address">The inner listener.</param>
    /// <param name="me">Who we are.</param>
    /// <param name="roots">What its certificate must lead to; nothing else is trusted, whatever the system trusts.</param>
    public static HttpClient Create(Uri address, SslStreamCertificateContext? me, IEnumerable<X509Certificate2> roots) =>
        new(Handler(address, me, roots)) { BaseAddress = address };

    /// <summary>The same for a host whose own certificate is renewed while it runs.</summary>
    public static HttpClient Create(Uri address, InnerTls me, IReadOnlyList<X509Certificate2> roots) =>
        new(new InnerTlsHandler(me, now => Handler(address, now, roots))) { BaseAddress = address };

    private static SocketsHttpHandler Handler(Uri address, SslStreamCertificateContext? me, IEnumerable<X509Certificate2> roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // what would be asked is what is being connected to
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots.ToArray());
        if (policy.CustomTrustStore.Count == 0)
        {
            throw new ConfigurationException($"there is no root that {address} could be trusted by");
        }

        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = ConnectLimit,
            PooledConnectionLifetime = ConnectionLifetime,
            SslOptions = new SslClientAuthenticationOptions { ClientCertificateContext = me, CertificateChainPolicy = policy },
        };
    }
}
