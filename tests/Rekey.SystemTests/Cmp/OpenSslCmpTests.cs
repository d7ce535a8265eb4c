using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Cmp;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Institutions;
using CaState = Rekey.Ca.Certificates.CertificateState;
using RaState = Rekey.Ra.Subscribers.CertificateState;

namespace Rekey.SystemTests.Cmp;

/// <summary>The CMP endpoint as OpenSSL's client meets it.</summary>
public sealed class OpenSslCmpTests(OpenSslCmpTests.Site site) : IClassFixture<OpenSslCmpTests.Site>, IDisposable
{
    private readonly OpenSslClient openssl = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => openssl.Dispose();

    [Fact]
    public async Task A_certificate_in_its_window_is_renewed_and_confirmed()
    {
        await EnrolAsync("YZ9001", 30);

        OpenSslClient.Require(await KurAsync());

        var renewed = Certificate.FromDer(openssl.Certificate("new.crt"));
        Assert.Equal("YZ9001", renewed.Subject.Find(Oids.SubjectSerialNumber));
        Assert.Equal(CaState.Confirmed, await StateAsync(renewed));
        // The old one is superseded in the RA, and not revoked.
        await using var ra = await site.RaAsync();
        Assert.Equal(
            [RaState.Superseded, RaState.Active],
            await ra.Certificates.Where(c => c.Subscriber.StableId == "YZ9001").OrderBy(c => c.Id).Select(c => c.State).ToListAsync(Cancel));
        var holder = await ra.Subscribers.Where(s => s.StableId == "YZ9001").Select(s => s.Id).SingleAsync(Cancel);
        Assert.Equal(1, await ra.Outbox.CountAsync(o => o.SubscriberId == holder, Cancel));
    }

    [Theory]
    [InlineData("YZ9010", 91, "RK-3102")]
    [InlineData("YZ9011", -301, "RK-3103")]
    public async Task Outside_its_window_the_number_says_why(string id, int days, string problem)
    {
        await EnrolAsync(id, days);
        var (code, output) = await KurAsync();
        Assert.NotEqual(0, code);
        Assert.Contains(problem, output, StringComparison.Ordinal);
        Assert.Contains("notAuthorized", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("YZ9012", 90)]
    [InlineData("YZ9013", -300)]
    public async Task Both_last_days_of_the_window_count(string id, int days)
    {
        await EnrolAsync(id, days);
        OpenSslClient.Require(await KurAsync());
    }

    [Fact]
    public async Task The_same_key_again_gets_the_same_certificate()
    {
        await EnrolAsync("YZ9002", 10);
        OpenSslClient.Require(await KurAsync());
        var first = openssl.Certificate("new.crt");

        OpenSslClient.Require(await KurAsync(certOut: "again.crt"));

        Assert.Equal(first, openssl.Certificate("again.crt"));
    }

    [Fact]
    public async Task Another_key_after_the_confirmation_is_refused_with_the_successor_named()
    {
        await EnrolAsync("YZ9003", 10);
        OpenSslClient.Require(await KurAsync());
        await openssl.NewKeyAsync("other");

        var (code, output) = await KurAsync(key: "other");

        Assert.NotEqual(0, code);
        Assert.Contains("RK-3005", output, StringComparison.Ordinal);
        Assert.Contains(Certificate.FromDer(openssl.Certificate("new.crt")).SerialHex, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_exchange_is_answered_as_the_first_time()
    {
        await EnrolAsync("YZ9004", 10);
        OpenSslClient.Require(await KurAsync(more: ["-reqout", openssl.File("1.der") + "," + openssl.File("2.der")]));
        var first = openssl.Certificate("new.crt");

        OpenSslClient.Require(await KurAsync(certOut: "again.crt", more: ["-reqin", openssl.File("1.der") + "," + openssl.File("2.der")]));

        Assert.Equal(first, openssl.Certificate("again.crt"));
    }

    [Fact]
    public async Task A_certificate_that_its_client_rejects_never_counts()
    {
        await EnrolAsync("YZ9005", 10);
        openssl.Write("foreign", new Testing.Pki.TestPki().Root);

        var (code, output) = await KurAsync(more: ["-out_trusted", openssl.File("foreign.crt")]);

        Assert.NotEqual(0, code);
        await using var ca = await site.CaAsync();
        var states = await ca.Certificates.Where(c => c.SubscriberId == "YZ9005").OrderBy(c => c.Id).Select(c => c.State).ToListAsync(Cancel);
        Assert.True(states is [CaState.Confirmed, CaState.Rejected], output);

        // And the holder can begin anew.
        await openssl.NewKeyAsync("third");
        OpenSslClient.Require(await KurAsync(key: "third"));
    }

    [Fact]
    public async Task A_revoked_certificate_and_an_unknown_one_are_refused()
    {
        await EnrolAsync("YZ9006", 10, TokenCondition.Revoked);
        var (_, revoked) = await KurAsync();
        Assert.Contains("RK-3003", revoked, StringComparison.Ordinal);

        await EnrolAsync("YZ9007", 10, TokenCondition.Foreign);
        var (_, foreign) = await KurAsync();
        Assert.Contains("RK-3002", foreign, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_proof_of_possession_nothing_is_issued()
    {
        await EnrolAsync("YZ9008", 10);
        var (code, output) = await KurAsync(more: ["-popo", "0"]);
        Assert.NotEqual(0, code);
        Assert.Contains("badPOP", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_certificate_than_the_signers_cannot_be_named()
    {
        await EnrolAsync("YZ9009", 10);
        openssl.Write("other", await site.Running.Institution.EnrolSoftwareAsync(site.Running.Services, new("", "云泽市老年大学", "YZ9109", 10, AlgorithmSuite.P256), Cancel));
        await openssl.NewKeyAsync("new");
        var (_, output) = await KurAsync(old: "other");
        Assert.Contains("badCertId", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ir")]
    [InlineData("cr")]
    public async Task A_reference_and_its_secret_bring_a_first_certificate(string command)
    {
        var reference = await ReferenceAsync($"YZ92-{command}");
        await openssl.NewKeyAsync("k");

        OpenSslClient.Require(await MacAsync(command, reference, "secret-5d81", "-newkey", openssl.File("k.key"), "-subject", "/C=CN/O=云泽市体育馆/CN=云泽市体育馆"));

        Assert.Equal(CaState.Confirmed, await StateAsync(Certificate.FromDer(openssl.Certificate("mac.crt"))));
    }

    [Fact]
    public async Task A_PKCS10_request_under_a_secret_brings_a_certificate()
    {
        var reference = await ReferenceAsync("YZ93");
        await openssl.NewKeyAsync("k");
        OpenSslClient.Require(await openssl.RunAsync("req", "-new", "-utf8", "-key", openssl.File("k.key"), "-subj", "/C=CN/O=云泽市美术馆/CN=云泽市美术馆", "-out", openssl.File("k.csr")));
        OpenSslClient.Require(await MacAsync("p10cr", reference, "secret-5d81", "-csr", openssl.File("k.csr")));
        Assert.Equal("YZ93", Certificate.FromDer(openssl.Certificate("mac.crt")).Subject.Find(Oids.SubjectSerialNumber));
    }

    [Fact]
    public async Task An_unknown_reference_is_answered_exactly_as_a_wrong_secret()
    {
        var reference = await ReferenceAsync("YZ94");
        await openssl.NewKeyAsync("k");
        string[] rest = ["-newkey", openssl.File("k.key"), "-subject", "/CN=x", "-unprotected_errors"];
        var (wrongCode, wrong) = await MacAsync("ir", reference, "not-it", rest);
        var (unknownCode, unknown) = await MacAsync("ir", "0000", "not-it", rest);
        Assert.NotEqual(0, wrongCode);
        Assert.Equal(wrongCode, unknownCode);
        Assert.Contains("badMessageCheck", wrong, StringComparison.Ordinal);
        Assert.Equal(Refusal(wrong), Refusal(unknown));

        static string Refusal(string output) => output.Split('\n').First(l => l.Contains("PKIFailureInfo", StringComparison.Ordinal)).Split("PKIFailureInfo")[1];
    }

    [Fact]
    public async Task After_five_wrong_secrets_the_right_one_is_refused_too()
    {
        var reference = await ReferenceAsync("YZ95");
        await openssl.NewKeyAsync("k");
        string[] rest = ["-newkey", openssl.File("k.key"), "-subject", "/CN=x"];
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(0, (await MacAsync("ir", reference, "not-it", rest)).Code);
        }

        Assert.NotEqual(0, (await MacAsync("ir", reference, "secret-5d81", rest)).Code);
    }

    [Fact]
    public async Task A_holder_revokes_its_own_certificate_and_nobody_elses()
    {
        openssl.Write("other", await site.Running.Institution.EnrolSoftwareAsync(site.Running.Services, new("", "云泽市老年大学", "YZ9140", 10, AlgorithmSuite.P256), Cancel));
        await EnrolAsync("YZ9040", 10);
        var (_, foreign) = await RevokeAsync("other");
        Assert.Contains("notAuthorized", foreign, StringComparison.Ordinal);

        OpenSslClient.Require(await RevokeAsync("old"));

        Assert.Equal(CaState.Revoked, await StateAsync(Certificate.FromDer(openssl.Certificate("old.crt"))));
        var (_, twice) = await RevokeAsync("old");
        Assert.Contains("certRevoked", twice, StringComparison.Ordinal);

        Task<(int Code, string Output)> RevokeAsync(string name) => openssl.RunAsync(
            [.. Common("rr"), "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File($"{name}.crt"), "-revreason", "4"]);
    }

    [Fact]
    public async Task CA_certificates_can_be_asked_for()
    {
        await EnrolAsync("YZ9020", 10);
        var (code, output) = await openssl.RunAsync([.. Common("genm"), "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-infotype", "caCerts"]);
        Assert.True(code == 0, output);
    }

    private async Task EnrolAsync(string id, int expiresInDays, TokenCondition condition = TokenCondition.Ordinary)
    {
        openssl.Write("old", await site.Running.Institution.EnrolSoftwareAsync(
            site.Running.Services, new("", "云泽市" + id, id, expiresInDays, AlgorithmSuite.P256, condition)));
        await openssl.NewKeyAsync("new");
    }

    private Task<(int Code, string Output)> KurAsync(string key = "new", string certOut = "new.crt", string old = "old", string[]? more = null) => openssl.RunAsync(
    [
        .. Common("kur"), "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File($"{old}.crt"),
        "-newkey", openssl.File($"{key}.key"), "-certout", openssl.File(certOut), .. more ?? [],
    ]);

    private Task<(int Code, string Output)> MacAsync(string command, string reference, string secret, params string[] more) => openssl.RunAsync(
    [
        "cmp", "-config", "", "-cmd", command, "-server", Endpoint, "-ref", reference, "-secret", $"pass:{secret}", "-mac", "hmacWithSHA256",
        "-recipient", "/CN=CA", "-certout", openssl.File("mac.crt"), .. more,
    ]);

    private string[] Common(string command) => ["cmp", "-config", "", "-cmd", command, "-server", Endpoint, "-trusted", site.Running.Institution.RootFile];

    private string Endpoint => new Uri(site.Running.Portal, "/.well-known/cmp").ToString();

    private async Task<string> ReferenceAsync(string stableId)
    {
        await using var ra = await site.RaAsync();
        var subscriber = new Subscriber { StableId = stableId, DisplayName = "云泽市体育馆", RegisteredAt = site.Running.Institution.Day(0), Kind = SubscriberKind.Organisation };
        var reference = $"ref-{stableId}";
        ra.CmpReferences.Add(new CmpReference
        {
            Reference = reference,
            SealedSecret = DecideEnrolment.Seal(site.Running.Services.GetRequiredService<SecretBox>(), reference, "secret-5d81"u8),
            Subscriber = subscriber,
            Profile = InstitutionPlan.Profile,
            ExpiresAt = site.Running.Institution.Day(7),
        });
        await ra.SaveChangesAsync(Cancel);
        return reference;
    }

    private async Task<CaState> StateAsync(Certificate certificate)
    {
        await using var ca = await site.CaAsync();
        return await ca.Certificates.Where(c => c.Sha256 == certificate.Sha256).Select(c => c.State).SingleAsync(Cancel);
    }

    /// <summary>One institution for all tests of the class; each test has holders of its own.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public RunningInstitution Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningInstitution.StartAsync();

        public ValueTask DisposeAsync() => Running.DisposeAsync();

        internal Task<RaDbContext> RaAsync() => Running.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync();

        internal Task<CaDbContext> CaAsync() => Running.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync();
    }
}
