using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Download;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>The page's side of a session.</summary>
internal static class BrowserEndpoints
{
    /// <summary>How long a poll waits for something to tell.</summary>
    internal static readonly TimeSpan PollLimit = TimeSpan.FromSeconds(25);

    private const int BodyLimit = 4096;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/CaUpdate/api/v1");
        api.MapPost("/sessions", CreateAsync).RequireRateLimiting(RateLimits.Create);
        api.MapPost("/downloads", CreateDownloadAsync).RequireRateLimiting(RateLimits.Codes);
        api.MapGet("/sessions/{id}/events", EventsAsync);
        api.MapPost("/sessions/{id}/select", SelectAsync);
        api.MapPost("/sessions/{id}/select-token", SelectTokenAsync);
        api.MapPost("/sessions/{id}/start", StartAsync);
        api.MapPost("/sessions/{id}/relaunch", RelaunchAsync).RequireRateLimiting(RateLimits.Create);
        api.MapPost("/sessions/{id}/cancel", CancelAsync);
        api.MapGet("/sessions/{id}/certificate", CertificateAsync);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, BrowserGuard guard, OpenSession open)
    {
        guard.RequireOwnPage(context.Request);
        var wish = await BridgeHttp.ReadAsync(context, BridgeJson.Default.CreateSession, BodyLimit);
        var (key, session) = await open.OpenAsync(wish, CultureInfo.CurrentUICulture.Name, context.RequestAborted);
        BrowserGuard.SetCookie(context, key);
        return BridgeHttp.Json(Created(guard, context, key, session), BridgeJson.Default.SessionCreated);
    }

    private static async Task<IResult> CreateDownloadAsync(HttpContext context, BrowserGuard guard, OpenDownload open)
    {
        guard.RequireOwnPage(context.Request);
        var codes = await BridgeHttp.ReadAsync(context, BridgeJson.Default.CreateDownload, BodyLimit);
        var (reference, code) = OpenDownload.Read(codes.Reference, codes.Code);
        var (key, session) = await open.OpenAsync(reference, code, CultureInfo.CurrentUICulture.Name, context.RequestAborted);
        BrowserGuard.SetCookie(context, key);
        return BridgeHttp.Json(Created(guard, context, key, session), BridgeJson.Default.SessionCreated);
    }

    private static async Task<IResult> EventsAsync(HttpContext context, string id, int? after, BrowserGuard guard, EventPoll poll)
    {
        await guard.RequireAsync(context, id);
        return BridgeHttp.Json(new SessionEvents(await poll.WaitAsync(id, after ?? 0, PollLimit, context.RequestAborted)), BridgeJson.Default.SessionEvents);
    }

    private static async Task<IResult> SelectAsync(HttpContext context, string id, BrowserGuard guard, ChooseCertificate choose)
    {
        guard.RequireOwnPage(context.Request);
        await guard.RequireAsync(context, id);
        var wish = await BridgeHttp.ReadAsync(context, BridgeJson.Default.SelectCertificate, BodyLimit);
        await choose.ChooseAsync(id, wish.CertSha256, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> SelectTokenAsync(HttpContext context, string id, BrowserGuard guard, ChooseToken choose)
    {
        guard.RequireOwnPage(context.Request);
        await guard.RequireAsync(context, id);
        var wish = await BridgeHttp.ReadAsync(context, BridgeJson.Default.SelectToken, BodyLimit);
        await choose.ChooseAsync(id, wish.Token, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> StartAsync(HttpContext context, string id, BrowserGuard guard, BeginRenewal renewal, BeginDownload download)
    {
        guard.RequireOwnPage(context.Request);
        var (_, session) = await guard.RequireAsync(context, id);
        await BridgeHttp.ReadAsync(context, BridgeJson.Default.EmptyBody, BodyLimit);
        await (session.Purpose == SessionPurpose.Download ? download.BeginAsync(session, context.RequestAborted) : renewal.BeginAsync(id, context.RequestAborted));
        return Results.NoContent();
    }

    private static async Task<IResult> RelaunchAsync(HttpContext context, string id, BrowserGuard guard, RelaunchSession relaunch)
    {
        guard.RequireOwnPage(context.Request);
        var (key, _) = await guard.RequireAsync(context, id);
        await BridgeHttp.ReadAsync(context, BridgeJson.Default.EmptyBody, BodyLimit);
        var session = await relaunch.RelaunchAsync(key, context.RequestAborted);
        return BridgeHttp.Json(Created(guard, context, key, session), BridgeJson.Default.SessionCreated);
    }

    private static async Task<IResult> CancelAsync(HttpContext context, string id, BrowserGuard guard, CancelSession cancel)
    {
        guard.RequireOwnPage(context.Request);
        await guard.RequireAsync(context, id);
        await BridgeHttp.ReadAsync(context, BridgeJson.Default.EmptyBody, BodyLimit);
        await cancel.CancelAsync(id, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> CertificateAsync(
        HttpContext context, string id, string? format, BrowserGuard guard, SessionStore sessions, IDbContextFactory<RaDbContext> contexts)
    {
        await guard.RequireAsync(context, id);
        var progress = SessionProgress.Of(await sessions.EventsAsync(id, 0, context.RequestAborted));
        var sha256 = Convert.FromHexString(progress.NewCertificate ?? throw new ProblemException(Problems.OutOfOrder()));
        await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
        // Of a pair both, where the format can hold them.
        var brought = await db.Certificates.Where(c => c.Sha256 == sha256 || db.Certificates.Any(s => s.Id == c.PairOfId && s.Sha256 == sha256))
            .OrderBy(c => c.PairOfId != null).Select(c => c.Der).ToListAsync(context.RequestAborted);
        return format switch
        {
            null or "der" => Results.File(brought[0], "application/pkix-cert", "certificate.cer"),
            "pem" => Results.File(Encoding.ASCII.GetBytes(string.Concat(brought.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n"))), "application/x-pem-file", "certificate.pem"),
            "p7b" => Results.File(CertificateBag.Write(brought), "application/x-pkcs7-certificates", "certificate.p7b"),
            _ => throw new ProblemException(Problems.BadRequest("format is der, pem or p7b")),
        };
    }

    private static SessionCreated Created(BrowserGuard guard, HttpContext context, SessionKey key, Session session) => new(
        session.Id,
        LaunchUri(guard, context.Request, key, session),
        session.CheckCode,
        session.LookupCode,
        (int)LaunchAddress.TicketLifetime.TotalSeconds);

    internal static string LaunchUri(BrowserGuard guard, HttpRequest request, SessionKey key, Session session) =>
        new LaunchAddress(guard.OwnOrigin(request), SessionSecret.Ticket(key.Secret, session.TicketNumber)).ToString();
}
