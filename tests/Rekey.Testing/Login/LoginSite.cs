using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login;
using Rekey.Login.Rendezvous;
using Rekey.Login.Signing;
using Rekey.Login.Verification;
using Rekey.Pki.Certificates;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Login;

/// <summary>A small business system with login by key, and the OCSP responder of its CA on the same port.</summary>
public sealed class LoginSite : IAsyncDisposable
{
    /// <summary>The cookie of the site's own session.</summary>
    public const string Session = "site";

    private readonly WebApplication app;

    private LoginSite(TestPki pki, TimeProvider time, Func<LoginOptions, LoginOptions>? change)
    {
        var port = Ports.Free();
        Origin = $"http://localhost:{port}";
        Pki = pki;
        Ocsp = new(pki.Issuing, time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        builder.Services.AddSingleton(time);
        var options = new LoginOptions
        {
            Name = "云泽市监管信息业务系统",
            NameInEnglish = "Yunze supervision system",
            Telephone = "0000-8696 1200",
            OcspResponder = new Uri($"{Origin}/ocsp"),
            Policy = new() { Origin = Origin, Anchors = [Certificate.FromDer(pki.Root.Der)], Issuers = [Certificate.FromDer(pki.Issuing.Der)] },
        };
        builder.Services.AddRekeyLogin(change is null ? options : change(options));
        app = builder.Build();
        app.Use(RecordAsync);
        app.MapRekeyLogin((context, holder) =>
        {
            LoggedIn.Enqueue(holder);
            context.Response.Cookies.Append(Session, holder.SubscriberId ?? "?");
            return Task.CompletedTask;
        });
        app.MapPost("/ocsp", OcspAsync);
        app.MapPost("/sign", async (HttpContext context, SigningDesk desk) => Results.Json(
            await desk.BeginAsync(context, ToSign!.Name, ToSign.Document, ToSign.CertificateSha256, ToSign.Tag, "en"), LoginJson.Default.LoginStarted));
        app.MapPost("/signed", async (HttpContext context, SigningDesk desk) =>
        {
            try
            {
                SignedDocuments.Enqueue(await desk.TakeAsync(context));
                return Results.NoContent();
            }
            catch (ProblemException e)
            {
                return Results.Text(e.Problem.Code, statusCode: 409);
            }
        });
    }

    public string Origin { get; }

    public TestPki Pki { get; }

    public OcspDouble Ocsp { get; }

    /// <summary>Everyone to whom the site gave a session.</summary>
    public ConcurrentQueue<LoginHolder> LoggedIn { get; } = new();

    /// <summary>What the site wants signed by whoever posts to <c>/sign</c>.</summary>
    public SigningTask? ToSign { get; set; }

    /// <summary>What it got, by posts to <c>/signed</c>.</summary>
    public ConcurrentQueue<SignedDocument> SignedDocuments { get; } = new();

    /// <summary>Path, headers and body of every request, for searches for what must not be there.</summary>
    public ConcurrentQueue<(string Path, string Text)> Requests { get; } = new();

    public static async Task<LoginSite> StartAsync(TestPki? pki = null, TimeProvider? time = null, Func<LoginOptions, LoginOptions>? change = null)
    {
        var site = new LoginSite(pki ?? new(), time ?? TimeProvider.System, change);
        await site.app.StartAsync();
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Ocsp.Dispose();
    }

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue((context.Request.Path, $"{context.Request.QueryString} {string.Join('\n', context.Request.Headers)} {Encoding.UTF8.GetString(body.ToArray())}"));
        body.Position = 0;
        context.Request.Body = body;
        await next(context);
    }

    private async Task OcspAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await context.Response.Body.WriteAsync(Ocsp.Answer(body.ToArray()));
    }
}
