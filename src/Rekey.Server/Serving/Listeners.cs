using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rekey.Ca.Configuration;
using Rekey.Server.Settings;

namespace Rekey.Server.Serving;

/// <summary>The addresses that a host listens on.</summary>
internal static class Listeners
{
    private static readonly string[] Published = ["/ocsp", "/crl", "/ca"];

    /// <summary>An address that anybody may reach.</summary>
    public static void ListenOpenly(this KestrelServerOptions kestrel, Uri address, ServerSettings settings)
    {
        var tls = settings.TlsCertificate is { } pfx && address.Scheme == Uri.UriSchemeHttps ? X509CertificateLoader.LoadPkcs12FromFile(pfx, null) : null;
        kestrel.Listen(address, options =>
        {
            if (address.Scheme == Uri.UriSchemeHttps)
            {
                options.UseHttps(tls ?? throw new ConfigurationException($"{settings.Directory}/rekey.yaml: tlsCertificate: is missing for {address}"));
            }
        });
    }

    /// <summary>The inner listener: it asks for a client certificate and takes any, because the gate behind it can say why it refuses one.</summary>
    public static void ListenInside(this KestrelServerOptions kestrel, Uri address, InnerTls me)
    {
        SslServerAuthenticationOptions Options() => new()
        {
            ServerCertificateContext = me.Context,
            ClientCertificateRequired = true,
#pragma warning disable CA5359 // the gate behind the listener judges the certificate, and can say why it refuses one
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        kestrel.Listen(address, o => o.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Options()) }));
    }

    /// <summary>
    /// Keeps a port to paths. The publisher's port is plain HTTP and open to all, the inner one is for other hosts: nothing else answers
    /// there. By port and not by host name, because some OCSP clients still speak HTTP/1.0 and name no host.
    /// </summary>
    public static void UseOnlyOnPort(this IApplicationBuilder app, int port, params string[] paths) => app.Use((context, next) =>
        context.Connection.LocalPort != port || paths.Any(p => context.Request.Path.StartsWithSegments(p, StringComparison.Ordinal))
            ? next(context) : NotFoundAsync(context));

    /// <summary>The publisher's port, unless the portal shares it.</summary>
    public static void UsePublisherPort(this IApplicationBuilder app, ServerSettings settings)
    {
        if (settings.Listen.All(l => l.Port != settings.Publish.Port))
        {
            app.UseOnlyOnPort(settings.Publish.Port, Published);
        }
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void Listen(this KestrelServerOptions kestrel, Uri address, Action<ListenOptions> configure)
    {
        if (address.Host == "localhost")
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else if (IPAddress.TryParse(address.Host, out var ip))
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }
}
