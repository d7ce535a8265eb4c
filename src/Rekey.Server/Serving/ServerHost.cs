using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rekey.Ca;
using Rekey.Ca.Inner;
using Rekey.Ca.Publish;
using Rekey.Kmc;
using Rekey.Kmc.Inner;
using Rekey.Ra;
using Rekey.Server.Diagnosis;
using Rekey.Server.Settings;
using Rekey.Web;

namespace Rekey.Server.Serving;

/// <summary>Puts the parts of one host together: the only place that knows RA, CA and pages at once.</summary>
internal static class ServerHost
{
    /// <summary>Builds a host with all parts in one process.</summary>
    /// <param name="settings">From <see cref="ServerSettings.Load"/>.</param>
    /// <param name="time">The institution's clock.</param>
    /// <param name="more">Registers more, or instead of what is registered here; null for nothing.</param>
    public static WebApplication BuildAll(ServerSettings settings, TimeProvider time, Action<IServiceCollection>? more = null)
    {
        var builder = NewBuilder(settings, time, k => ListenForRa(k, settings).ListenOpenly(settings.Publish, settings));
        builder.WebHost.UseStaticWebAssets();
        var ca = Parts.OpenCa(settings);
        builder.Services.AddCa(ca).AddRekeyCaInProcess().AddRekeyPublisher();
        builder.Services.AddRa(settings).AddRenewalOfRa(settings, ca);
        if (settings.Kmc is not null)
        {
            builder.Services.AddKmc(settings).AddRekeyKmcInProcess().AddRenewalOfKmc(settings);
        }

        more?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseRekeyOcsp();
        app.UsePublisherPort(settings);
        app.UseRouting();
        app.MapRekeyPublisher();
        app.MapRekeyRa();
        app.MapRekeyWeb();
        return app;
    }

    /// <summary>Builds a host with RA and pages, whose CA is on another host. Any number of them can run on one PostgreSQL store.</summary>
    /// <param name="settings">Settings with the RA's sections and <c>upstream</c>.</param>
    /// <param name="time">The institution's clock.</param>
    public static WebApplication BuildRa(ServerSettings settings, TimeProvider time)
    {
        var builder = NewBuilder(settings, time, k => ListenForRa(k, settings));
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddUpstream(settings).AddRa(settings);

        var app = builder.Build();
        app.MapRekeyRa();
        app.MapRekeyWeb();
        return app;
    }

    /// <summary>Builds a host with the CA alone, which RAs reach over mutual TLS and which pushes to publishers.</summary>
    /// <param name="settings">Settings with <c>ca</c> and <c>inner</c>.</param>
    /// <param name="time">The institution's clock.</param>
    public static WebApplication BuildCa(ServerSettings settings, TimeProvider time)
    {
        var inner = settings.Needed(settings.Inner, "inner");
        var tls = new InnerTls(inner.Identity);
        var builder = NewBuilder(settings, time, k => k.ListenInside(inner.Listen, tls));
        var ca = Parts.OpenCa(settings);
        builder.Services.AddCa(ca).AddPushes(settings, tls, ca).AddKmcUpstream(settings, tls).AddSingleton(tls.Service());

        var app = builder.Build();
        app.MapRekeyCa();
        return app;
    }

    /// <summary>Builds a host with the key-management centre alone, which only the CA reaches, over mutual TLS.</summary>
    /// <param name="settings">Settings with <c>kmc</c> and <c>inner</c>.</param>
    /// <param name="time">The institution's clock.</param>
    public static WebApplication BuildKmc(ServerSettings settings, TimeProvider time)
    {
        var inner = settings.Needed(settings.Inner, "inner");
        var tls = new InnerTls(inner.Identity);
        var builder = NewBuilder(settings, time, k => k.ListenInside(inner.Listen, tls));
        builder.Services.AddKmc(settings);
        var callers = PinnedClients.Of(settings.Needed(settings.Kmc, "kmc"), time);

        var app = builder.Build();
        app.UseClientCertificateGate(callers.WhyNotAsync);
        app.UseRouting(); // behind the gate: who does not pass it learns not even what there is
        app.MapRekeyKmc();
        return app;
    }

    /// <summary>Builds a host with the publisher alone: it has no CA key and asks nobody; the CA pushes to it.</summary>
    /// <param name="settings">Settings with <c>publish</c>, <c>publisher</c> and <c>inner</c>.</param>
    /// <param name="time">The institution's clock.</param>
    public static WebApplication BuildPublish(ServerSettings settings, TimeProvider time)
    {
        var inner = settings.Needed(settings.Inner, "inner");
        var publisher = settings.Needed(settings.Publisher, "publisher");
        var tls = new InnerTls(inner.Identity);
        var builder = NewBuilder(settings, time, k =>
        {
            k.ListenOpenly(settings.Publish, settings);
            k.ListenInside(inner.Listen, tls);
        });
        builder.Services.AddRekeyRemotePublisher(Parts.Publisher(publisher));
        var pushers = PinnedClients.Of(publisher, time);

        var app = builder.Build();
        app.UsePublisherPort(settings);
        app.UseOnlyOnPort(inner.Listen.Port, "/publisher");
        app.UseWhen(c => c.Request.Path.StartsWithSegments("/publisher", StringComparison.Ordinal), branch => branch.UseClientCertificateGate(pushers.WhyNotAsync));
        app.UseRekeyOcsp();
        app.UseRouting();
        app.MapRekeyPublisher();
        app.MapRekeyPublisherInbox();
        return app;
    }

    private static WebApplicationBuilder NewBuilder(ServerSettings settings, TimeProvider time, Action<KestrelServerOptions> listen)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            listen(kestrel);
        });
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostedService>(p => ActivatorUtilities.CreateInstance<ExpiryWatch>(p, settings));
        return builder;
    }

    private static KestrelServerOptions ListenForRa(KestrelServerOptions kestrel, ServerSettings settings)
    {
        _ = settings.Ra; // says what is missing on a host without an RA
        foreach (var address in settings.Listen)
        {
            kestrel.ListenOpenly(address, settings);
        }

        return kestrel;
    }
}
