using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.WebEncoders;
using Rekey.Ra;
using Rekey.Web.Console;
using Rekey.Web.Design;
using Rekey.Web.Portal;
using Rekey.Web.Portal.Home;
using Rekey.Web.Portal.Renewal;

namespace Rekey.Web;

/// <summary>Wires the pages into a host. The RA's services must be registered too.</summary>
public static class WebRegistration
{
    /// <summary>Registers the pages.</summary>
    public static IServiceCollection AddRekeyWeb(this IServiceCollection services)
    {
        services.AddRazorPages(pages =>
        {
            pages.RootDirectory = "/";
            // PortalPage demands the page's own origin of every POST, and the cookie is SameSite=Strict: a token would add a cookie, not safety.
            // Forms of the console have one: there people act on others, and the token names who.
            pages.Conventions.AddFolderApplicationModelConvention("/Portal", page => page.Filters.Add(new IgnoreAntiforgeryTokenAttribute()));
        }).AddApplicationPart(typeof(WebRegistration).Assembly);
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = "rk-form";
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.HeaderName = null;
        });
        // Without this each Chinese character becomes eight octets.
        services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new(System.Text.Unicode.UnicodeRanges.All));
        services.AddResponseCompression(compression =>
        {
            // Safe over TLS: cookies are SameSite=Strict, so no other site gets a page of ours with a secret in it.
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html"];
        });
        return services;
    }

    /// <summary>Maps the pages and their assets. Call it after <c>MapRekeyRa</c>.</summary>
    public static WebApplication MapRekeyWeb(this WebApplication app)
    {
        PortalErrors.Use(app);
        RaRegistration.UseBridgeEdge(app);
        app.UseResponseCompression();
        ConsoleRegistration.Map(app);
        EmbeddedAssets.Map(app);
        LanguageSwitch.Map(app);
        LaunchFile.Map(app);
        app.MapRazorPages();
        return app;
    }
}
