using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rekey.Agent.Bridge;

/// <summary>
/// Whom the agent takes for a site. The system's list counts, and the CAs of the configuration beside it: the networks that this
/// product works in have CAs of their own, which browsers know from their own stores. By the computer's real time, whatever the date
/// of a demonstration.
/// </summary>
internal static class SiteTls
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>A handler without cookies and redirects, with the system's proxy, but never for this computer itself.</summary>
    /// <param name="site">The site.</param>
    /// <param name="anchors">CAs for its TLS certificate in addition to the system's.</param>
    /// <param name="connect">How long to wait for a connection.</param>
    public static SocketsHttpHandler Handler(Uri site, IReadOnlyList<X509Certificate2> anchors, TimeSpan connect)
    {
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = !site.IsLoopback, ConnectTimeout = connect };
        if (anchors.Count > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => errors switch
            {
                SslPolicyErrors.None => true,
                SslPolicyErrors.RemoteCertificateChainErrors => certificate is X509Certificate2 leaf && IsUnder(anchors, leaf, chain),
                _ => false, // another name, or no certificate
            };
        }

        return handler;
    }

    private static bool IsUnder(IReadOnlyList<X509Certificate2> anchors, X509Certificate2 leaf, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(leaf);
    }
}
