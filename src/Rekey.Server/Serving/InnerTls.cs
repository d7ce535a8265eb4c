using System.Net.Security;
using Rekey.Ca.Ceremony;
using Rekey.Server.Settings;

namespace Rekey.Server.Serving;

/// <summary>Who this host is on its inner connections: what its files hold, also after they were renewed.</summary>
internal sealed class InnerTls(IdentityFiles files)
{
    private volatile SslStreamCertificateContext context = TlsIdentity.Open(files);

    /// <summary>For the next handshake.</summary>
    public SslStreamCertificateContext Context => context;

    /// <summary>The certificate as one that the CA in the same process renews. The files are read again as a whole, for the CA certificates in them.</summary>
    public OwnService Service() => new(ServiceRole.Tls, files.Certificate, files.Key, files.Passphrase.Read(), Parts.Read(files.Certificate), next =>
    {
        (next.Key as IDisposable)?.Dispose();
        context = TlsIdentity.Open(files);
    });
}

/// <summary>Sends over connections that were opened as who this host is now: after a renewal the next request opens new ones.</summary>
/// <param name="me">Who that is.</param>
/// <param name="make">Makes the handler that opens them.</param>
internal sealed class InnerTlsHandler(InnerTls me, Func<SslStreamCertificateContext, HttpMessageHandler> make) : HttpMessageHandler
{
    private volatile Made? made;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (current, use) = (me.Context, made);
        if (use is null || !ReferenceEquals(use.Of, current))
        {
            // The one before is not disposed of, because a long request may still wait on it; its idle connections close by themselves.
            made = use = new(current, new HttpMessageInvoker(make(current)));
        }

        return use.Invoker.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        made?.Invoker.Dispose();
        base.Dispose(disposing);
    }

    private sealed record Made(SslStreamCertificateContext Of, HttpMessageInvoker Invoker);
}
