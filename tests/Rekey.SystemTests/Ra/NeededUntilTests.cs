using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>The interface for business systems that need holders' old encryption keys, over HTTP. Today is 24 November 2026.</summary>
public sealed class NeededUntilTests
{
    private const string Path = "/api/v1/needed-until/";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_date_is_registered_prolonged_and_withdrawn_and_each_call_can_be_repeated(StoreEngine engine)
    {
        await using var site = await Site.StartAsync(engine);
        var wish = Wish(site.Half, "2027-03-31");
        var first = await site.PutAsync("tender-1", wish);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(Convert.ToHexStringLower(site.Half.Sha256), (await NeedOf(first)).Certificate.Sha256);
        Assert.Equal(HttpStatusCode.OK, (await site.PutAsync("tender-1", wish)).StatusCode);
        Assert.Equal(new DateOnly(2027, 6, 30), (await NeedOf(await site.PutAsync("tender-1", Wish(site.Half, "2027-06-30")))).Until);
        var read = await NeedOf(await site.SendAsync(HttpMethod.Get, "tender-1"));
        Assert.Equal((new DateOnly(2027, 6, 30), "开标"), (read.Until, read.Reason));
        Assert.Null(read.KeyReleasedAt);

        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, "tender-1")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, "tender-1")).StatusCode);
        Assert.Equal(3202, await NumberOf(await site.SendAsync(HttpMethod.Get, "tender-1")));
        Assert.Equal(
            ["relying-party.added", "key-need.registered", "key-need.changed", "key-need.withdrawn"], (await site.AuditAsync()).Select(e => e.Kind));
        Assert.All((await site.AuditAsync()).Skip(1), e => Assert.Equal(RenewalAudit.Target(site.Half.Sha256), e.Target));
        Assert.All((await site.AuditAsync()).Skip(1), e => Assert.Contains("\"relying-party:1\"", Encoding.UTF8.GetString(e.Body), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_words_of_a_relying_party_can_be_erased_from_the_audit_log()
    {
        await using var site = await Site.StartAsync();
        await site.PutAsync("wang-xiulan", Wish(site.Half, "2027-03-31", "王秀兰的标书"));
        Assert.All(await site.AuditAsync(), e => Assert.DoesNotContain("wang-xiulan", Encoding.UTF8.GetString(e.Body), StringComparison.Ordinal));
        Assert.All(await site.AuditAsync(), e => Assert.DoesNotContain("王秀兰", Encoding.UTF8.GetString(e.Body), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relying_party_sees_and_changes_its_own_dates_only()
    {
        await using var site = await Site.StartAsync();
        await site.PutAsync("r", Wish(site.Half, "2027-03-31"));
        var other = await site.Portal.AddRelyingPartyAsync("云泽市档案馆");

        Assert.Equal(3202, await NumberOf(await site.SendAsync(HttpMethod.Get, "r", credential: other)));
        Assert.Empty((await ListOf(await site.SendAsync(HttpMethod.Get, "", credential: other))).Dates);
        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, "r", credential: other)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await site.PutAsync("r", Wish(site.Half, "2028-01-01"), other)).StatusCode);
        Assert.Equal(new DateOnly(2027, 3, 31), (await NeedOf(await site.SendAsync(HttpMethod.Get, "r"))).Until);
    }

    [Fact]
    public async Task A_list_comes_in_pages()
    {
        await using var site = await Site.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await site.PutAsync($"r{i}", Wish(site.Half, "2027-03-31"));
        }

        var first = await ListOf(await site.SendAsync(HttpMethod.Get, "?max=3"));
        var second = await ListOf(await site.SendAsync(HttpMethod.Get, $"?max=3&after={first.Next}"));
        Assert.Equal(["r0", "r1", "r2", "r3", "r4"], first.Dates.Concat(second.Dates).Select(n => n.Reference));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_credential_that_counts()
    {
        await using var site = await Site.StartAsync();
        using var none = await site.SendAsync(HttpMethod.Get, "", credential: "");
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (none.StatusCode, none.Headers.WwwAuthenticate.ToString()));
        Assert.Equal(3201, await NumberOf(none));
        Assert.Equal(3201, await NumberOf(await site.SendAsync(HttpMethod.Get, "", credential: "rkrp_" + new string('A', 43))));
        Assert.Equal(2010, await NumberOf(await site.SendAsync(HttpMethod.Get, "", h => h.Add("Origin", "https://evil.example"))));

        var parties = site.Portal.Services.GetRequiredService<RelyingParties>();
        var newer = await parties.NewCredentialAsync(Site.Name, "test", Cancel);
        Assert.Equal(3201, await NumberOf(await site.SendAsync(HttpMethod.Get, "")));
        Assert.Equal(HttpStatusCode.OK, (await site.SendAsync(HttpMethod.Get, "", credential: newer)).StatusCode);
        Assert.True(await parties.DisableAsync(Site.Name, withdraw: false, "test", Cancel));
        Assert.Equal(3201, await NumberOf(await site.SendAsync(HttpMethod.Get, "", credential: newer)));

        await using var db = await site.Portal.DatabaseAsync();
        Assert.DoesNotContain(newer, await db.RelyingParties.Select(p => Convert.ToHexString(p.CredentialSha256)).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_flood_from_one_address_is_told_when_to_come_back()
    {
        await using var site = await Site.StartAsync(change: o => o with { RelyingParties = o.RelyingParties with { CallsPerMinute = 2 } });
        await site.SendAsync(HttpMethod.Get, "");
        await site.SendAsync(HttpMethod.Get, "", credential: "");
        using var third = await site.SendAsync(HttpMethod.Get, "");
        Assert.Equal(2014, await NumberOf(third));
        Assert.NotNull(third.Headers.RetryAfter);
    }

    private static readonly (string What, string Body, int Number)[] BadInput =
    [
        ("no JSON", "not JSON", 2011),
        ("a member that is not known", """{"certificate":{"subscriber":"x"},"until":"2027-03-31","reason":"x","more":1}""", 2011),
        ("no date", """{"certificate":{"subscriber":"x"},"reason":"x"}""", 2011),
        ("a date that is none", """{"certificate":{"subscriber":"x"},"until":"2027-02-30","reason":"x"}""", 2011),
        ("a reason of two lines", """{"certificate":{"subscriber":"x"},"until":"2027-03-31","reason":"a\nb"}""", 2011),
        ("no reason", """{"certificate":{"subscriber":"x"},"until":"2027-03-31","reason":""}""", 2011),
        ("null", "null", 2011),
        ("no certificate", """{"certificate":{},"until":"2027-03-31","reason":"x"}""", 2011),
        ("two names of one certificate", """{"certificate":{"subscriber":"x","serial":"01"},"until":"2027-03-31","reason":"x"}""", 2011),
        ("a hash that is none", """{"certificate":{"sha256":"zz"},"until":"2027-03-31","reason":"x"}""", 2011),
        ("an issuer that is no base64", """{"certificate":{"issuer":"*","serial":"01"},"until":"2027-03-31","reason":"x"}""", 2011),
        ("a subscriber that nobody knows", """{"certificate":{"subscriber":"nobody"},"until":"2027-03-31","reason":"x"}""", 3001),
        ("more than a body holds", $$"""{"certificate":{"subscriber":"{{new string('x', 9000)}}"},"until":"2027-03-31","reason":"x"}""", 2013),
    ];

    [Fact]
    public async Task Bad_input_gets_a_number_and_changes_nothing()
    {
        await using var site = await Site.StartAsync();
        foreach (var (what, body, number) in BadInput)
        {
            Assert.True(number == await NumberOf(await site.PutAsync("r", body)), what);
        }

        Assert.Empty((await ListOf(await site.SendAsync(HttpMethod.Get, ""))).Dates);
    }

    [Fact]
    public async Task What_does_not_fit_gets_a_number_that_says_why()
    {
        await using var site = await Site.StartAsync(change: o => o with { RelyingParties = o.RelyingParties with { MostDates = 2 } });
        Assert.Equal(3203, await NumberOf(await site.PutAsync("r", Wish(site.Half, "2026-11-23"))));
        Assert.Equal(3203, await NumberOf(await site.PutAsync("r", Wish(site.Half, "2046-11-25"))));
        Assert.Equal(2011, await NumberOf(await site.PutAsync("a%20b", Wish(site.Half, "2027-03-31"))));
        Assert.Equal(2011, await NumberOf(await site.PutAsync(new string('r', 65), Wish(site.Half, "2027-03-31"))));
        Assert.Equal(2012, await NumberOf(await site.SendAsync(HttpMethod.Put, "r", body: new StringContent("x", Encoding.UTF8, "text/plain"))));
        Assert.Equal(2021, await NumberOf(await site.SendAsync(HttpMethod.Post, "r", body: new StringContent("{}", Encoding.UTF8, "application/json"))));
        Assert.Equal(2020, await NumberOf(await site.SendAsync(HttpMethod.Get, "r/s")));
        Assert.Equal(2011, await NumberOf(await site.SendAsync(HttpMethod.Get, "?max=501")));

        var signing = await site.Portal.RegisterAsync(site.Portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
        Assert.Equal(3206, await NumberOf(await site.PutAsync("r", Wish(signing, "2027-03-31"))));
        Assert.Equal(HttpStatusCode.Created, (await site.PutAsync("r", Wish(site.Half, "2026-11-24"))).StatusCode);
        var another = await site.Portal.RegisterHalfAsync(signing);
        Assert.Equal(3205, await NumberOf(await site.PutAsync("r", Wish(another, "2027-03-31"))));
        Assert.Equal(HttpStatusCode.Created, (await site.PutAsync("r2", Wish(another, "2027-03-31"))).StatusCode);
        Assert.Equal(3204, await NumberOf(await site.PutAsync("r3", Wish(another, "2027-03-31"))));
    }

    [Fact]
    public async Task A_certificate_is_found_by_any_of_its_names_and_by_the_signing_half_beside_it()
    {
        await using var site = await Site.StartAsync();
        var issuer = CertificateFacts.Read(site.Half.Der)!.Issuer;
        NamedCertificate[] names =
        [
            new(Sha256: Convert.ToHexString(site.Half.Sha256)),
            new(Sha256: Convert.ToHexStringLower(site.Signing.Sha256)),
            new(Issuer: Convert.ToBase64String(issuer), Serial: "00" + site.Half.Serial.ToLowerInvariant()),
            new(Subscriber: site.Signing.Subscriber.StableId),
        ];
        foreach (var (name, i) in names.Select((n, i) => (n, i)))
        {
            var need = await NeedOf(await site.PutAsync($"r{i}", JsonSerializer.Serialize(new NeedWish(name, new(2027, 3, 31), "开标"), NeedJson.Default.NeedWish)));
            Assert.Equal((site.Half.Serial, site.Signing.Subscriber.StableId), (need.Certificate.Serial, need.Certificate.Subscriber));
        }
    }

    [Fact]
    public async Task A_date_named_by_subscriber_stays_with_its_certificate_when_that_is_renewed()
    {
        await using var site = await Site.StartAsync();
        string Wish(string until) => $$"""{"certificate":{"subscriber":"{{site.Signing.Subscriber.StableId}}"},"until":"{{until}}","reason":"开标"}""";
        var before = await NeedOf(await site.PutAsync("r", Wish("2027-03-31")));

        await using (var db = await site.Portal.DatabaseAsync())
        {
            await db.Certificates.Where(c => c.SubscriberId == site.Signing.SubscriberId).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Superseded), Cancel);
            var signing = await db.Certificates.AsNoTracking().Include(c => c.Subscriber).SingleAsync(c => c.Id == site.Signing.Id, Cancel);
            signing.State = CertificateState.Active;
            var successor = new RegisteredCertificate
            {
                Sha256 = new byte[32],
                Der = site.Signing.Der,
                IssuerId = site.Signing.IssuerId,
                Serial = "01",
                SpkiSha256 = site.Signing.SpkiSha256,
                NotBefore = signing.NotBefore,
                NotAfter = signing.NotAfter,
                SubscriberId = signing.SubscriberId,
                Profile = "default",
                State = CertificateState.Active,
            };
            db.Certificates.Add(successor);
            await db.SaveChangesAsync(Cancel);
            await site.Portal.RegisterHalfAsync(await db.Certificates.Include(c => c.Subscriber).SingleAsync(c => c.Id == successor.Id, Cancel));
        }

        Assert.Equal(before.Certificate, (await NeedOf(await site.PutAsync("r", Wish("2027-06-30")))).Certificate);
        Assert.NotEqual(before.Certificate, (await NeedOf(await site.PutAsync("another", Wish("2027-06-30")))).Certificate);
    }

    [Fact]
    public async Task Whoever_comes_after_the_key_was_let_go_is_told_so()
    {
        await using var site = await Site.StartAsync();
        await using (var db = await site.Portal.DatabaseAsync())
        {
            DateTimeOffset? released = site.Portal.Time.GetUtcNow();
            await db.Certificates.Where(c => c.Id == site.Half.Id)
                .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Superseded).SetProperty(x => x.KeyReleasedAt, released), Cancel);
        }

        Assert.NotNull((await NeedOf(await site.PutAsync("r", Wish(site.Half, "2027-03-31")))).KeyReleasedAt);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task The_same_reference_twice_at_once_is_one_registration(StoreEngine engine)
    {
        await using var site = await Site.StartAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => site.PutAsync("r", Wish(site.Half, "2027-03-31"))));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.All(answers, a => Assert.True(a.IsSuccessStatusCode));
        Assert.Single((await ListOf(await site.SendAsync(HttpMethod.Get, ""))).Dates);
    }

    [Fact]
    public async Task A_problem_is_told_in_the_language_that_the_program_asks_for()
    {
        await using var site = await Site.StartAsync();
        using var answer = await site.SendAsync(HttpMethod.Get, "none", h => h.AcceptLanguage.ParseAdd("en-GB"));
        var document = await answer.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument, Cancel);
        Assert.Equal(Problems.DateUnknown().Title(System.Globalization.CultureInfo.GetCultureInfo("en")), document!.Title);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    private static string Wish(RegisteredCertificate certificate, string until, string reason = "开标") =>
        $$"""{"certificate":{"sha256":"{{Convert.ToHexStringLower(certificate.Sha256)}}"},"until":"{{until}}","reason":"{{reason}}"}""";

    private static async Task<NeedDocument> NeedOf(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        return (await answer.Content.ReadFromJsonAsync(NeedJson.Default.NeedDocument, Cancel))!;
    }

    private static async Task<NeedList> ListOf(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync(NeedJson.Default.NeedList, Cancel))!;

    private static async Task<int> NumberOf(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync(BridgeJson.Default.ProblemDocument, Cancel))!.Problem.Number;

    /// <summary>A portal with one relying party and a holder who has a pair.</summary>
    private sealed class Site : IAsyncDisposable
    {
        public const string Name = "云泽市公共资源交易平台";

        private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false });
        private string credential = "";

        public PortalHost Portal { get; private init; } = null!;

        public RegisteredCertificate Signing { get; private set; } = null!;

        public RegisteredCertificate Half { get; private set; } = null!;

        public static async Task<Site> StartAsync(StoreEngine engine = StoreEngine.Sqlite, Func<Rekey.Ra.RaOptions, Rekey.Ra.RaOptions>? change = null)
        {
            var site = new Site { Portal = await PortalHost.StartAsync(change, engine == StoreEngine.Postgres ? PrivatePostgres.NewDatabase() : null) };
            site.credential = await site.Portal.AddRelyingPartyAsync(Name);
            site.Signing = await site.Portal.RegisterAsync(site.Portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
            site.Half = await site.Portal.RegisterHalfAsync(site.Signing);
            return site;
        }

        public Task<HttpResponseMessage> PutAsync(string reference, string json, string? by = null) =>
            SendAsync(HttpMethod.Put, reference, credential: by, body: new StringContent(json, Encoding.UTF8, "application/json"));

        public async Task<HttpResponseMessage> SendAsync(
            HttpMethod method, string path, Action<HttpRequestHeaders>? change = null, string? credential = null, HttpContent? body = null)
        {
            using var request = new HttpRequestMessage(method, Portal.Address + NeededUntilTests.Path + path) { Content = body };
            request.Headers.Authorization = (credential ?? this.credential) is { Length: > 0 } shown ? new("Bearer", shown) : null;
            change?.Invoke(request.Headers);
            return await http.SendAsync(request, Cancel);
        }

        public async Task<IReadOnlyList<AuditEntryRow>> AuditAsync()
        {
            await using var db = await Portal.DatabaseAsync();
            return await db.Set<AuditEntryRow>().AsNoTracking().OrderBy(e => e.Id).ToListAsync(Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await Portal.DisposeAsync();
        }
    }
}
