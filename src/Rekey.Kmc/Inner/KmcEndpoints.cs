using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.Inner;

/// <summary>Where a CA on another host reaches the centre. Only on an inner listener with mutual TLS, behind a gate that only the CA passes.</summary>
public static class KmcEndpoints
{
    /// <summary>The path of the exchange.</summary>
    public const string Path = "/kmc/v1/cmp";

    private const string Cmp = "application/pkixcmp";

    /// <summary>Maps <c>POST /kmc/v1/cmp</c>. The host puts its gate before it.</summary>
    public static WebApplication MapRekeyKmc(this WebApplication app)
    {
        var responder = app.Services.GetRequiredService<KmcResponder>();
        app.MapPost(Path, c => ExchangeAsync(c, responder));
        return app;
    }

    private static async Task ExchangeAsync(HttpContext context, KmcResponder responder)
    {
        if (!string.Equals(context.Request.ContentType, Cmp, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"the body must be {Cmp}");
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = CmpMessage.MaxLength;
        }

        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, $"a body has at most {CmpMessage.MaxLength} octets");
            return;
        }

        var answer = await responder.AnswerAsync(body.ToArray(), context.RequestAborted);
        context.Response.ContentType = Cmp;
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, int status, string detail) =>
        Results.Problem(statusCode: status, title: "request refused", detail: detail).ExecuteAsync(context);
}
