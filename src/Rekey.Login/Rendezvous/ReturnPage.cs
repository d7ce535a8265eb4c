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

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private static readonly CultureInfo Chinese = CultureInfo.InvariantCulture;
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");
    private static readonly byte[] Code = Read("return.js");
    private static readonly byte[] Looks = Read("return.css");

    public static IResult Html(HttpContext context, LoginOptions options)
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
            <title>{Encoded("Title", Chinese)} {Encoded("Title", English)}</title>
            <link rel="stylesheet" href="/rekey/return.css">
            <script src="/rekey/return.js" defer></script>
            </head>
            <body>
            <main aria-live="polite">
            <h1 id="title">{Both("Waiting")}</h1>
            <p id="lost" hidden>{Both("Lost")}</p>
            <p id="detail"></p>
            <p id="code"></p>
            <p id="back" hidden><a href="{WebUtility.HtmlEncode(options.FirstPage)}">{Both("Back")}</a></p>
            <noscript><p>{Both("NoScript")}</p></noscript>
            </main>
            </body>
            </html>
            """, "text/html", Encoding.UTF8);
    }

    public static IResult Script(HttpContext context) => Asset(context, Code, "text/javascript");

    public static IResult Style(HttpContext context) => Asset(context, Looks, "text/css");

    private static IResult Asset(HttpContext context, byte[] content, string mediaType)
    {
        context.Response.Headers["X-Content-Type-Options"] = "nosniff";
        return Results.Bytes(content, mediaType);
    }

    private static string Both(string key) => $"""<span lang="zh-CN">{Encoded(key, Chinese)}</span> <span lang="en">{Encoded(key, English)}</span>""";

    private static string Encoded(string key, CultureInfo culture) => WebUtility.HtmlEncode(Texts.GetString(key, culture)!);

    private static byte[] Read(string name)
    {
        using var stream = typeof(ReturnPage).Assembly.GetManifestResourceStream($"Rekey.Login.{name}")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
