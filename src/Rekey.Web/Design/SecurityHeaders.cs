using Microsoft.AspNetCore.Http;

namespace Rekey.Web.Design;

/// <summary>Headers of every page.</summary>
internal static class SecurityHeaders
{
    private const string Policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

    public static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "local-network=(), loopback-network=()";
        // Not no-referrer: browsers would then send "Origin: null" with our own forms. Other sites learn nothing either way.
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        // Not on loopback: a demonstration over TLS must not lock its user out of http://localhost for a year.
        if (context.Request.IsHttps && !context.Request.Host.Host.EndsWith("localhost", StringComparison.Ordinal) && !System.Net.IPAddress.TryParse(context.Request.Host.Host, out _))
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }
}
