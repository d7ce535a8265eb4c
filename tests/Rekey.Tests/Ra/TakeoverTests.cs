using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Pki.Certificates;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Certificates and holders of another CA become known here.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task Certificates_of_another_CA_are_taken_over_and_wait_for_their_status()
    {
        using var foreign = new ForeignCa();
        var first = foreign.Issue("云泽市图书馆", 1);
        var items = new TakeoverItem[] { new("a.cer", first), new("again.cer", first), new("b.cer", foreign.Issue("云泽市博物馆", 2), "91370100MB2") };
        var takeover = portal.Services.GetRequiredService<TakeOverCertificates>();
        Assert.Equal((2, 1, 0), Count(await takeover.TakeOverAsync(foreign.Certificate, items, "default", Cancel)));
        Assert.Equal((0, 3, 0), Count(await takeover.TakeOverAsync(foreign.Certificate, items, "default", Cancel)));

        var start = portal.Services.GetRequiredService<StartRenewal>();
        var wish = new RenewalWish("s", CertificateFacts.Read(first)!, FakeAgent.Token, []);
        var refusal = await Assert.ThrowsAsync<Rekey.Contract.Problems.ProblemException>(() => start.StartAsync(wish, Cancel));
        Assert.Equal(3009, refusal.Problem.Number);

        await using var db = await portal.DatabaseAsync();
        var fresh = portal.Time.GetUtcNow().AddDays(1);
        await db.Certificates.ExecuteUpdateAsync(c => c.SetProperty(x => x.StatusFreshUntil, fresh), Cancel);
        await start.StartAsync(wish, Cancel);
        Assert.Equal(["91370100MB2", "云泽市图书馆"], await db.Subscribers.Select(s => s.StableId).Order().ToListAsync(Cancel));
    }

    [Fact]
    public async Task One_wrong_certificate_and_nothing_is_taken_over()
    {
        using var foreign = new ForeignCa();
        using var impostor = new ForeignCa();
        var items = new TakeoverItem[]
        {
            new("good.cer", foreign.Issue("云泽市图书馆", 1)),
            new("noise.cer", [1, 2, 3]),
            new("impostor.cer", impostor.Issue("云泽市图书馆", 2)),
            new("other.cer", portal.Pki.Issue("云泽市博物馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"))),
            new("ca.cer", foreign.Certificate),
            new("same-serial.cer", foreign.Issue("云泽市博物馆", 1)),
            new("long-id.cer", foreign.Issue("云泽市美术馆", 3), new string('9', 65)),
        };
        var result = await portal.Services.GetRequiredService<TakeOverCertificates>().TakeOverAsync(foreign.Certificate, items, "default", Cancel);
        Assert.Equal(["noise.cer", "impostor.cer", "other.cer", "ca.cer", "same-serial.cer", "long-id.cer"], result.Errors.Select(e => e.Row));
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(0, await db.Certificates.CountAsync(Cancel) + await db.Issuers.CountAsync(Cancel) + await db.Subscribers.CountAsync(Cancel));
    }

    [Fact]
    public async Task Neither_a_holders_certificate_nor_our_own_CA_can_be_the_issuer_and_the_profile_must_exist()
    {
        using var foreign = new ForeignCa();
        var takeover = portal.Services.GetRequiredService<TakeOverCertificates>();
        Assert.Equal("issuer", Assert.Single((await takeover.TakeOverAsync(foreign.Issue("云泽市图书馆", 1), [], "default", Cancel)).Errors).Row);
        Assert.Equal("profile", Assert.Single((await takeover.TakeOverAsync(foreign.Certificate, [], "no such", Cancel)).Errors).Row);
        await using var db = await portal.DatabaseAsync();
        db.Issuers.Add(new CertificateIssuer { Name = Certificate.FromDer(foreign.Certificate).Subject.Encoded.ToArray(), DisplayName = "own" });
        await db.SaveChangesAsync(Cancel);
        Assert.Equal("issuer", Assert.Single((await takeover.TakeOverAsync(foreign.Certificate, [], "default", Cancel)).Errors).Row);
    }

    [Fact]
    public void A_list_names_each_file_that_is_missing()
    {
        var (items, errors) = TakeoverList.Read(new StringReader("certificate,id\na.cer,1\nb.cer,\n,3"), name => name == "a.cer" ? [1] : null);
        Assert.Equal(new TakeoverItem("2 (a.cer)", items[0].Der, "1"), Assert.Single(items));
        Assert.Equal([new TakeoverError("3", "there is no file b.cer"), new TakeoverError("4", "names no file")], errors);
    }

    private static (int, int, int) Count(TakeoverResult r) => (r.Added, r.Unchanged, r.Errors.Count);

    private sealed class ForeignCa : IDisposable
    {
        private readonly RSA key = RSA.Create(2048);
        private readonly X509Certificate2 certificate;

        public ForeignCa()
        {
            var request = new CertificateRequest("CN=旧 CA, O=云泽市旧信息中心, C=CN", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            certificate = request.CreateSelfSigned(DemoPki.Day("2015-01-01"), DemoPki.Day("2035-01-01"));
        }

        public byte[] Certificate => certificate.RawData;

        public byte[] Issue(string holder, byte serial)
        {
            using var holderKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={holder}, C=CN", holderKey, HashAlgorithmName.SHA256);
            using var issued = request.Create(
                certificate.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"), [0x51, serial]);
            return issued.RawData;
        }

        public void Dispose()
        {
            certificate.Dispose();
            key.Dispose();
        }
    }
}
