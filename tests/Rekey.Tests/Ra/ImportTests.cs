using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Pki.Certificates;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

public sealed class ImportTests : IAsyncLifetime
{
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task Subscribers_are_imported_and_importing_them_again_changes_nothing()
    {
        const string csv = """
            id,name,kind,subject,contact,phone,email,identityProved
            91370100MB1,云泽市图书馆,organisation,,王秀兰,0000-1234 5678,wang@yunze.example,2022-01-31
            P-7,"李, 明",person,"CN=李明,O=云泽市图书馆,C=CN",,,,
            """;
        Assert.Equal((2, 0), await ImportAsync(csv));
        Assert.Equal((0, 2), await ImportAsync(csv));
        await using var db = await portal.DatabaseAsync();
        var library = await db.Subscribers.SingleAsync(s => s.StableId == "91370100MB1", Cancel);
        Assert.Equal("CN=云泽市图书馆,serialNumber=91370100MB1,O=云泽市图书馆,C=CN", DistinguishedName.FromDer(library.Subject!).ToString(), ignoreCase: true);
        Assert.Equal(new DateTimeOffset(2022, 1, 31, 0, 0, 0, TimeSpan.Zero), library.IdentityProvedAt);
        Assert.Equal("李, 明", (await db.Subscribers.SingleAsync(s => s.StableId == "P-7", Cancel)).DisplayName);
    }

    [Theory]
    [InlineData("a missing column", "id\n1", "1", "name is missing")]
    [InlineData("a misspelt column", "id,name,emial\n1,a,b", "1", "emial is unknown")]
    [InlineData("an empty table", "", "1", "id is missing")]
    [InlineData("too few fields", "id,name,kind\n1,a,person\n2,b", "3", "2 fields")]
    [InlineData("no name", "id,name\n1,", "2", "name must have")]
    [InlineData("an unknown kind", "id,name,kind\n1,a,company", "2", "person or organisation")]
    [InlineData("no date", "id,name,identityProved\n1,a,31.1.2022", "2", "2022-01-31")]
    [InlineData("a date to come", "id,name,identityProved\n1,a,2030-01-01", "2", "not to come")]
    [InlineData("no address", "id,name,email\n1,a,nobody", "2", "email")]
    [InlineData("no subject", "id,name,subject\n1,a,nonsense", "2", "subject cannot be read")]
    [InlineData("the same id twice", "id,name\n1,a\n1,a", "3", "line 2")]
    [InlineData("an open quotation mark", "id,name\n1,\"a", "2", "not closed")]
    public async Task One_wrong_row_and_nothing_is_imported(string row, string csv, string line, string reason)
    {
        var result = await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(new StringReader(csv), Cancel);
        Assert.True(result.Errors.Any(e => e.Row == line && e.Reason.Contains(reason, StringComparison.Ordinal)), $"{row}: {string.Join("; ", result.Errors)}");
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(0, await db.Subscribers.CountAsync(Cancel));
    }

    [Fact]
    public async Task A_registered_id_with_other_data_is_an_error()
    {
        await ImportAsync("id,name\n1,云泽市图书馆");
        var result = await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(new StringReader("id,name\n1,云泽市博物馆\n2,云泽市美术馆"), Cancel);
        Assert.Contains("registered with other data", Assert.Single(result.Errors).Reason, StringComparison.Ordinal);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(1, await db.Subscribers.CountAsync(Cancel));
    }

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
        Assert.Equal([new ImportError("3", "there is no file b.cer"), new ImportError("4", "names no file")], errors);
    }

    private static (int, int, int) Count(ImportResult r) => (r.Added, r.Unchanged, r.Errors.Count);

    private async Task<(int Added, int Unchanged)> ImportAsync(string csv)
    {
        var result = await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(new StringReader(csv), Cancel);
        Assert.Empty(result.Errors);
        return (result.Added, result.Unchanged);
    }

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
