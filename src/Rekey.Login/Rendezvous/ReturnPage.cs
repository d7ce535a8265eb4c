using System.Globalization;
using System.Net;
using System.Resources;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Rekey.Login.Rendezvous;

/// <summary>
/// The page that the agent opens. It takes the code out of its own address, where no server and no referrer sees it, and hands it in with
/// the browser's cookie. Which language its visitor reads is known only after that, so it begins in both.
/// </summary>
internal static class ReturnPage
{
    internal static readonly ResourceManager Texts = new("Rekey.Login.Texts.ReturnPage", typeof(ReturnPage).Assembly);

    private const string Policy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private static readonly byte[] Code = ReadScript();

    public static IResult Html(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Content-Type-Options"] = "nosniff";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.Content($"""
            <!DOCTYPE html>
            <html lang="zh-CN">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{Both("Title")}</title>
            <script src="/rekey/return.js" defer></script>
            </head>
            <body data-lost="{Both("Lost")}">
            <main>
            <h1 id="title" aria-live="polite">{Both("Waiting")}</h1>
            <p id="detail"></p>
            <p id="code"></p>
            <noscript><p>{Both("NoScript")}</p></noscript>
            </main>
            </body>
            </html>
            """, "text/html", Encoding.UTF8);
    }

    public static IResult Script(HttpContext context)
    {
        context.Response.Headers["X-Content-Type-Options"] = "nosniff";
        return Results.Bytes(Code, "text/javascript");
    }

    private static string Both(string key) => WebUtility.HtmlEncode(
        $"{Texts.GetString(key, CultureInfo.InvariantCulture)} {Texts.GetString(key, CultureInfo.GetCultureInfo("en"))}");

    private static byte[] ReadScript()
    {
        using var stream = typeof(ReturnPage).Assembly.GetManifestResourceStream("Rekey.Login.return.js")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
