using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Events;
using Rekey.Ca.Issuance;
using Rekey.Ca.Store;
using Rekey.Ca.Takeover;
using Rekey.Contract.Upstream;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Inner;

/// <summary>Where RAs on other hosts reach the CA: the CMP exchange, the events, and the status of taken-over certificates. Only on an inner listener with mutual TLS.</summary>
public static class CaEndpoints
{
    private const string Cmp = "application/pkixcmp";
    private const int MostEvents = 1000;

    /// <summary>Maps <c>POST /ca/v1/cmp</c>, <c>GET /ca/v1/events</c> and <c>POST /ca/v1/foreign-status</c>, behind a gate that only our RAs pass.</summary>
    /// <param name="app">A host with the services of <see cref="CaRegistration.AddRekeyCa"/> whose listener asks for client certificates.</param>
    public static WebApplication MapRekeyCa(this WebApplication app)
    {
        var ras = app.Services.GetRequiredService<RegistrationAuthorities>();
        var contexts = app.Services.GetRequiredService<IDbContextFactory<CaDbContext>>();
        app.UseWhen(c => c.Request.Path.StartsWithSegments("/ca/v1", StringComparison.Ordinal), branch => branch.UseClientCertificateGate(async (certificate, ct) =>
        {
            await using var db = await contexts.CreateDbContextAsync(ct);
            return (await ras.WhyNotAsync(db, certificate, ct))?.Reason;
        }));
        app.UseRouting(); // behind the gate: who does not pass it learns not even what there is
        var responder = app.Services.GetRequiredService<CmpResponder>();
        var feed = app.Services.GetRequiredService<EventFeed>();
        app.MapPost("/ca/v1/cmp", c => ExchangeAsync(c, responder));
        app.MapGet("/ca/v1/events", c => EventsAsync(c, feed));
        var foreign = app.Services.GetRequiredService<AskForeignStatus>();
        app.MapPost("/ca/v1/foreign-status", c => ForeignStatusAsync(c, foreign));
        return app;
    }

    private static async Task ExchangeAsync(HttpContext context, CmpResponder responder)
    {
        if (await ReadAsync(context, Cmp) is not { } message)
        {
            return;
        }

        var answer = await responder.AnswerAsync(message, context.RequestAborted);
        context.Response.ContentType = Cmp;
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static async Task ForeignStatusAsync(HttpContext context, AskForeignStatus foreign)
    {
        if (await ReadAsync(context, "application/pkix-cert") is { } certificate)
        {
            var status = await foreign.StatusAsync(certificate, context.RequestAborted);
            context.Response.ContentType = "application/json";
            await JsonSerializer.SerializeAsync(context.Response.Body, status, ForeignStatusJson.Default.ForeignCertificateStatus, context.RequestAborted);
        }
    }

    // Null when the request was refused.
    private static async Task<byte[]?> ReadAsync(HttpContext context, string mediaType)
    {
        if (!string.Equals(context.Request.ContentType, mediaType, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"the body must be {mediaType}");
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = CmpMessage.MaxLength;
        }

        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            return body.ToArray();
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, $"a body has at most {CmpMessage.MaxLength} octets");
            return null;
        }
    }

    private static async Task EventsAsync(HttpContext context, EventFeed feed)
    {
        if (!TryNumber(context, "after", long.MaxValue, out var after) || !TryNumber(context, "max", MostEvents, out var max) || max == 0)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"after is the last event's number, max is 1 to {MostEvents}");
            return;
        }

        IReadOnlyList<CaEvent> events = [.. (await feed.ReadAsync(after, (int)max, context.RequestAborted)).Select(UpstreamEvents.Of)];
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, events, UpstreamJson.Default.IReadOnlyListCaEvent, context.RequestAborted);
    }

    private static bool TryNumber(HttpContext context, string name, long most, out long number) =>
        long.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;

    private static Task RefuseAsync(HttpContext context, int status, string detail) =>
        Results.Problem(statusCode: status, title: "request refused", detail: detail).ExecuteAsync(context);
}
