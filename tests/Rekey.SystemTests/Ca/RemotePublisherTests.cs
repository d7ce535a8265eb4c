using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Issuers;
using Rekey.Ca.Publish;
using Rekey.Ca.Revocation;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.SystemTests.Ca;

/// <summary>A publisher in a host of its own, to which a CA pushes.</summary>
public sealed class RemotePublisherTests : IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-publish-").FullName;
    private CaHost ca = null!;
    private WebApplication publisher = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        // The publisher knows certificates alone; its address is known before the CA starts to push.
        var inbox = new Uri("http://127.0.0.1:1");
        ca = await CaHost.StartAsync(StoreEngine.Sqlite, TimeProvider.System, more: s => s.AddRekeyPushTo(_ => new HttpClient(new Redirect(() => http)) { BaseAddress = inbox }));
        publisher = await StartPublisherAsync(null);
        http = ClientOf(publisher);
    }

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        await publisher.DisposeAsync();
        http.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Statuses_changes_and_crls_reach_it()
    {
        var certificate = await ConfirmedAsync();
        var request = new OcspRequest([OcspCertId.Of(Issuing, certificate.SerialHex)], null).Encode();
        Assert.Equal(OcspCertStatus.Good, (await UntilAsync(request, OcspCertStatus.Good)).Responses[0].Status);

        await ca.Services.GetRequiredService<ChangeStatus>().RunAsync(new(certificate.Sha256, StatusAction.Revoke, "tester") { Reason = RevocationReason.KeyCompromise }, Ct);
        var revoked = await UntilAsync(request, OcspCertStatus.Revoked);
        Assert.True(revoked.Verify(Issuing, DateTimeOffset.UtcNow));

        foreach (var name in new[] { "issuing", "root" })
        {
            var crl = CertificateRevocationList.Read(await EventuallyAsync($"/crl/{name}.crl"));
            Assert.Equal(name == "root" ? ca.Ca.Authority.Anchors[0].Subject : Issuing.Subject, crl.Issuer);
        }

        Assert.True(File.Exists(Path.Combine(directory, "issuing.crl")));
    }

    [Fact]
    public async Task The_roots_next_CRL_reaches_it()
    {
        var first = CertificateRevocationList.Read(await EventuallyAsync("/crl/root.crl"));
        var (_, next) = await ca.Services.GetRequiredService<IssueRootCrl>().RunAsync(
            new(ca.Ca.PathOf("root", "root.key"), ca.Ca.Options.RootPassphrase), "tester", Ct);
        Assert.Equal(first.Number + 1, next.Number);
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); CertificateRevocationList.Read(await EventuallyAsync("/crl/root.crl")).Number != next.Number; await Task.Delay(50, Ct))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "still the first");
        }
    }

    [Fact]
    public async Task A_nonce_is_ignored_without_a_key_and_answered_with_one()
    {
        var certificate = await ConfirmedAsync();
        var nonce = RandomNumberGenerator.GetBytes(16);
        var request = new OcspRequest([OcspCertId.Of(Issuing, certificate.SerialHex)], nonce).Encode();
        Assert.Null((await UntilAsync(request, OcspCertStatus.Good)).Nonce);

        http.Dispose();
        await publisher.DisposeAsync();
        publisher = await StartPublisherAsync(ca.Ca.Authority.Issuers[0].Ocsp);
        http = ClientOf(publisher);
        var answer = await UntilAsync(request, OcspCertStatus.Good);
        Assert.Equal(nonce, answer.Nonce);
        Assert.True(answer.Verify(Issuing, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task What_the_issuer_did_not_sign_is_not_published()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var forger = ca.Ca.IssuePerson(key.PublicKey);
        var id = OcspCertId.Of(Issuing, forger.SerialHex);
        var now = DateTimeOffset.UtcNow;
        var answer = OcspBuilder.Sign([new(id, OcspCertStatus.Good, now, now.AddHours(1))], null, now, forger, key);
        var crl = CrlBuilder.Sign(new() { Number = 99, ThisUpdate = now.AddDays(1), NextUpdate = now.AddDays(2), Entries = [] }, Issuing, key);
        foreach (var push in new PublisherPush[]
        {
            new() { Answers = [new("issuing", id.Encoded.ToArray(), answer)] }, new() { Crls = [new("issuing", crl)] }, new() { Crls = [new("../../etc/x", crl)] },
        })
        {
            using var response = await http.PostAsJsonAsync("publisher/v1/push", push, PublisherJson.Default.PublisherPush, Ct);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        using var odd = await http.PostAsync("publisher/v1/push", JsonContent.Create(new { surprise = 1 }), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
    }

    private Certificate Issuing => ca.Ca.Authority.Issuers[0].Certificate;

    private async Task<WebApplication> StartPublisherAsync(Identity? signer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRekeyRemotePublisher(new(
            new Dictionary<string, Certificate> { ["issuing"] = Issuing },
            new Dictionary<string, Certificate> { ["root"] = ca.Ca.Authority.Anchors[0] },
            directory,
            signer));
        var app = builder.Build();
        app.UseRekeyOcsp();
        app.MapRekeyPublisher();
        app.MapRekeyPublisherInbox();
        await app.StartAsync(Ct);
        return app;
    }

    private static HttpClient ClientOf(WebApplication app) =>
        new() { BaseAddress = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };

    private async Task<Certificate> ConfirmedAsync()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var certificate = ca.Ca.IssuePerson(key.PublicKey);
        await ca.AddAsync(certificate);
        return certificate;
    }

    private async Task<OcspResponse> UntilAsync(byte[] request, OcspCertStatus status)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            using var content = new ByteArrayContent(request) { Headers = { ContentType = new MediaTypeHeaderValue("application/ocsp-request") } };
            using var response = await http.PostAsync("/ocsp", content, Ct);
            var answer = OcspResponse.Read(await response.Content.ReadAsByteArrayAsync(Ct));
            if (answer.Status == OcspResponseStatus.Successful && answer.Responses[0].Status == status)
            {
                return answer;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"still {answer.Status}");
            await Task.Delay(50, Ct);
        }
    }

    private async Task<byte[]> EventuallyAsync(string path)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            using var response = await http.GetAsync(path, Ct);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadAsByteArrayAsync(Ct);
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{path}: still {response.StatusCode}");
            await Task.Delay(50, Ct);
        }
    }

    /// <summary>Sends to whichever publisher runs now.</summary>
    private sealed class Redirect(Func<HttpClient?> target) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                var to = target() ?? throw new HttpRequestException("no publisher yet");
                using var copy = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery) { Content = request.Content };
                return await to.SendAsync(copy, cancellationToken);
            }
            catch (ObjectDisposedException e)
            {
                throw new HttpRequestException("the publisher has ended", e);
            }
        }
    }
}
