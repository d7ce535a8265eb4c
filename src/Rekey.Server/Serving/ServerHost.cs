using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rekey.Ca;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Publish;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra;
using Rekey.Ra.Cmp;
using Rekey.Server.Settings;
using Rekey.Store.Keys;
using Rekey.Web;

namespace Rekey.Server.Serving;

/// <summary>Puts the parts of one host together: the only place that knows RA, CA and pages at once.</summary>
internal static class ServerHost
{
    private static readonly string[] Published = ["/ocsp", "/crl", "/ca"];

    /// <summary>Builds a host with all parts in one process.</summary>
    /// <param name="settings">From <see cref="ServerSettings.Load"/>.</param>
    /// <param name="time">The institution's clock.</param>
    /// <param name="more">Registers more, or instead of what is registered here; null for nothing.</param>
    public static WebApplication BuildAll(ServerSettings settings, TimeProvider time, Action<IServiceCollection>? more = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration().UseStaticWebAssets().ConfigureKestrel(k => Listen(k, settings));
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton(time);

        var ca = CertificationAuthority.Open(CaSettings.Load(
            settings.CaDirectory ?? throw new ConfigurationException($"{settings.Directory}/rekey.yaml: ca: is missing")));
        builder.Services.AddRekeyCa(ca).AddRekeyCaInProcess().AddRekeyPublisher();
        builder.Services.AddSingleton(OpenRa(settings.RaIdentity));
        builder.Services.AddSingleton(OpenSecretBox(settings));
        builder.Services.AddRekeyRa(settings.Ra, settings.RaStore);
        builder.Services.AddRekeyWeb();
        more?.Invoke(builder.Services);

        var app = builder.Build();
        app.Use((context, next) => OnlyPublished(context, settings) ? next(context) : NotFoundAsync(context));
        app.MapRekeyPublisher();
        app.MapRekeyRa();
        app.MapRekeyWeb();
        return app;
    }

    // The publisher's port is plain HTTP and open to all: nothing else answers there. By port and not by host name, because some OCSP
    // clients still speak HTTP/1.0 and name no host.
    private static bool OnlyPublished(HttpContext context, ServerSettings settings) =>
        context.Connection.LocalPort != settings.Publish.Port
        || settings.Listen.Any(l => l.Port == settings.Publish.Port)
        || Published.Any(p => context.Request.Path.StartsWithSegments(p, StringComparison.Ordinal));

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static RaIdentity OpenRa(RaIdentitySettings settings)
    {
        var key = KeyFile.Read(settings.Key, Passphrase(settings));
        var certificate = Read(settings.Certificate);
        var ca = Read(settings.CaCertificate);
        return new(CmpSigner.Of(key, certificate.Encoded.ToArray(), ca.Encoded.ToArray()), ca.Subject.Encoded.ToArray());
    }

    /// <summary>Seals what the RA's store must not have in clear.</summary>
    public static SecretBox OpenSecretBox(ServerSettings settings) => SecretBox.FromPassphrase(Passphrase(settings.RaIdentity));

    private static string Passphrase(RaIdentitySettings settings) => KeyFile.ReadPrivate(settings.PassphraseFile).TrimEnd('\r', '\n');

    private static Certificate Read(string file) =>
        Certificate.FromPem(File.ReadAllText(file)) is [var first, ..] ? first : throw new ConfigurationException($"{file}: has no PEM certificate");

    private static void Listen(KestrelServerOptions kestrel, ServerSettings settings)
    {
        kestrel.AddServerHeader = false;
        var tls = settings.TlsCertificate is { } pfx ? X509CertificateLoader.LoadPkcs12FromFile(pfx, null) : null;
        foreach (var address in settings.Listen.Append(settings.Publish))
        {
            void Configure(ListenOptions options)
            {
                if (address.Scheme == Uri.UriSchemeHttps)
                {
                    options.UseHttps(tls ?? throw new ConfigurationException($"{settings.Directory}/rekey.yaml: tlsCertificate: is missing for {address}"));
                }
            }

            if (address.Host == "localhost")
            {
                kestrel.ListenLocalhost(address.Port, Configure);
            }
            else if (IPAddress.TryParse(address.Host, out var ip))
            {
                kestrel.Listen(ip, address.Port, Configure);
            }
            else
            {
                kestrel.ListenAnyIP(address.Port, Configure);
            }
        }
    }
}
