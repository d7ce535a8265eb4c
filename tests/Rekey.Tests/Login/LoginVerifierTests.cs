using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Login.Status;
using Rekey.Login.Verification;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Login;

public sealed class LoginVerifierTests : IDisposable
{
    private const string Origin = "https://audit.example";
    private const string Holder = "CN=张伟, O=云泽市青禾商贸有限公司, SERIALNUMBER=YZ-000123, C=CN";
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 2, 0, 0, TimeSpan.Zero);
    private static readonly string[] ClientAuth = [Oids.ClientAuth];
    private static readonly string Nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly TestPki Pki = new(now: Now);
    private static readonly TestPki.Entity Someone = Issue(AlgorithmSuite.P256);

    private readonly FakeTimeProvider time = new(Now);
    private readonly OcspDouble ocsp;
    private readonly OcspStatusSource status;

    public LoginVerifierTests()
    {
        ocsp = new(Pki.Issuing, time);
        status = new(new(ocsp), new("http://ocsp.example/"), time, NullLogger<OcspStatusSource>.Instance);
    }

    public void Dispose() => status.Dispose();

    [Theory]
    [InlineData("RSA-2048", "RS256", "web-eid:1.0")]
    [InlineData("P-256", "ES256", "web-eid:1.0")]
    [InlineData("P-384", "ES384", "web-eid:1.0")]
    [InlineData("SM2", "SM2", "rekey-sm2:1.0")]
    public async Task A_token_of_each_kind_of_key_tells_who_it_is(string name, string algorithm, string format)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        var token = Sign(Issue(suite));

        var holder = await VerifyAsync(token);

        Assert.Equal((algorithm, format), (token.Algorithm, token.Format));
        Assert.Equal(("YZ-000123", "张伟", "云泽市青禾商贸有限公司"), (holder.SubscriberId, holder.Name, holder.Organization));
    }

    [Fact]
    public async Task An_RSA_key_may_sign_with_PSS()
    {
        var holder = Issue(AlgorithmSuite.Rsa2048);
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(holder.Key.ExportPkcs8(), out _);
        var signature = rsa.SignData(LoginToken.SignedData(AlgorithmSuite.Rsa2048, Origin, Nonce), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        var token = Sign(holder) with { Algorithm = "PS256", Signature = Convert.ToBase64String(signature) };

        Assert.NotNull(await VerifyAsync(token));
        await RefusedAsync(Problems.LoginTokenNotForHere(), token with { Algorithm = "RS256" });
    }

    [Fact]
    public async Task A_token_for_another_site_is_refused() =>
        await RefusedAsync(Problems.LoginTokenNotForHere(), LoginToken.Sign(Someone.Key, Someone.Der, "https://evil.example", Nonce, "test"));

    [Fact]
    public async Task A_token_for_another_challenge_is_refused() =>
        await RefusedAsync(Problems.LoginTokenNotForHere(), LoginToken.Sign(Someone.Key, Someone.Der, Origin, Nonce + "=", "test"));

    [Fact]
    public async Task A_certificate_of_someone_else_is_refused() =>
        await RefusedAsync(Problems.LoginTokenNotForHere(), Sign(Someone) with { UnverifiedCertificate = Convert.ToBase64String(Issue(AlgorithmSuite.P256).Der) });

    [Theory]
    [InlineData("RSA-2048", "ES256")]
    [InlineData("RSA-2048", "SM2")]
    [InlineData("P-256", "ES384")]
    [InlineData("P-384", "ES256")]
    [InlineData("P-256", "RS256")]
    [InlineData("P-256", "PS256")]
    [InlineData("P-256", "SM2")]
    [InlineData("SM2", "ES256")]
    [InlineData("P-256", "es256")]
    [InlineData("P-256", "none")]
    [InlineData("P-256", "HS256")]
    [InlineData("RSA-2048", "RS384")]
    public async Task An_algorithm_that_is_not_the_keys_is_refused(string key, string algorithm)
    {
        Assert.True(AlgorithmSuite.TryParse(key, out var suite));
        var format = LoginAlgorithm.All.FirstOrDefault(a => a.Name == algorithm)?.Format ?? LoginToken.WebEidFormat;
        await RefusedAsync(Problems.LoginAlgorithmRefused(), Sign(Issue(suite)) with { Algorithm = algorithm, Format = format });
    }

    [Fact]
    public async Task A_format_belongs_to_its_algorithms()
    {
        await RefusedAsync(Problems.LoginAlgorithmRefused(), Sign(Issue(AlgorithmSuite.Sm2)) with { Format = LoginToken.WebEidFormat });
        await RefusedAsync(Problems.LoginAlgorithmRefused(), Sign(Someone) with { Format = LoginToken.Sm2Format });
        await RefusedAsync(Problems.LoginAlgorithmRefused(), Sign(Someone) with { Format = "web-eid:2.0" });
    }

    [Fact]
    public async Task A_curves_signature_in_another_form_is_refused()
    {
        var der = Someone.Key.Sign(LoginToken.SignedData(AlgorithmSuite.P256, Origin, Nonce));
        await RefusedAsync(Problems.LoginTokenNotForHere(), Sign(Someone) with { Signature = Convert.ToBase64String(der) });
        await RefusedAsync(Problems.LoginTokenNotForHere(), Sign(Someone) with { Signature = Convert.ToBase64String(new byte[64]) });
    }

    [Fact]
    public async Task A_certificate_of_another_CA_is_refused()
    {
        var other = new TestPki(now: Now);
        await RefusedAsync(Problems.LoginIssuerUnknown(), Sign(other.Issue(Holder, other.Issuing, AlgorithmSuite.P256, ekus: ClientAuth)));
    }

    [Fact]
    public async Task A_chain_that_lacks_its_middle_is_refused() =>
        await RefusedAsync(Problems.LoginIssuerUnknown(), Sign(Someone), new() { Origin = Origin, Anchors = [Certificate.FromDer(Pki.Root.Der)] });

    [Fact]
    public async Task An_expired_certificate_is_told_since_when() => await RefusedAsync(
        Problems.LoginCertificateExpired(new(2026, 11, 26)), Sign(Issue(AlgorithmSuite.P256, notBefore: Now.AddDays(-90), notAfter: Now.AddDays(-1))));

    [Fact]
    public async Task A_certificate_of_the_future_is_refused() => await RefusedAsync(
        Problems.LoginCertificateNotYetValid(new(2026, 11, 28)), Sign(Issue(AlgorithmSuite.P256, notBefore: Now.AddDays(1))));

    [Fact]
    public async Task A_certificate_for_another_purpose_is_refused()
    {
        await RefusedAsync(Problems.LoginCertificateWrongUse(), Sign(Pki.Issue(Holder, Pki.Issuing, AlgorithmSuite.P256)));
        await RefusedAsync(Problems.LoginCertificateWrongUse(), Sign(Pki.Issue(Holder, Pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.EmailProtection])));
        await RefusedAsync(Problems.LoginCertificateWrongUse(), Sign(Someone), Policy with { Policies = ["1.2.3.4"] });
        await RefusedAsync(Problems.LoginCertificateWrongUse(), Sign(Pki.Issuing), Policy with { RequiredPurpose = null });
        Assert.NotNull(await VerifyAsync(Sign(Pki.Issue(Holder, Pki.Issuing, AlgorithmSuite.P256)), Policy with { RequiredPurpose = null }));
    }

    [Fact]
    public async Task A_revoked_certificate_is_told_since_when()
    {
        ocsp.Set(Someone.Der, OcspCertStatus.Revoked, Now.AddDays(-7));
        await RefusedAsync(Problems.LoginCertificateRevoked(new(2026, 11, 20)), Sign(Someone));
    }

    [Fact]
    public async Task A_certificate_that_its_CA_does_not_confirm_is_refused()
    {
        ocsp.Set(Someone.Der, OcspCertStatus.Unknown);
        await RefusedAsync(Problems.LoginNotConfirmed(), Sign(Someone));
    }

    [Fact]
    public async Task Without_an_answer_nobody_gets_in()
    {
        ocsp.IsDown = true;
        await RefusedAsync(Problems.LoginStatusUnavailable(), Sign(Someone));
    }

    [Fact]
    public async Task Nobody_is_asked_about_a_certificate_whose_key_did_not_sign()
    {
        await RefusedAsync(Problems.LoginTokenNotForHere(), LoginToken.Sign(Someone.Key, Someone.Der, "https://evil.example", Nonce, "test"));
        Assert.Equal(0, ocsp.Asked);
    }

    public static TheoryData<string, Func<string, string>> Broken => new()
    {
        { "an unknown member", j => j.Replace("\"format\"", "\"x\":1,\"format\"", StringComparison.Ordinal) },
        { "a repeated member", j => j.Replace("\"format\"", "\"format\":\"web-eid:1.0\",\"format\"", StringComparison.Ordinal) },
        { "a missing member", j => j.Replace("\"algorithm\":\"ES256\",", "", StringComparison.Ordinal) },
        { "null for a text", j => j.Replace("\"ES256\"", "null", StringComparison.Ordinal) },
        { "a list", j => $"[{j}]" },
        { "cut short", j => j[..^1] },
        { "something behind it", j => j + "{}" },
        { "nothing", _ => "null" },
        { "too long", j => j.Replace("\"test\"", $"\"{new string('x', LoginTokenReader.MaxLength)}\"", StringComparison.Ordinal) },
        { "a blank in base64", j => j.Replace("\"signature\":\"", "\"signature\":\" ", StringComparison.Ordinal) },
        { "an empty signature", j => System.Text.RegularExpressions.Regex.Replace(j, "\"signature\":\"[^\"]*\"", "\"signature\":\"\"") },
        { "no certificate", j => System.Text.RegularExpressions.Regex.Replace(j, "\"unverifiedCertificate\":\"[^\"]*\"", "\"unverifiedCertificate\":\"MAA=\"") },
        { "a huge signature", j => System.Text.RegularExpressions.Regex.Replace(j, "\"signature\":\"[^\"]*\"", $"\"signature\":\"{Convert.ToBase64String(new byte[600])}\"") },
        { "a long text", j => j.Replace("\"ES256\"", $"\"{new string('E', 300)}\"", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public async Task A_token_that_is_not_of_the_form_is_refused(string what, Func<string, string> change)
    {
        var json = change(JsonSerializer.Serialize(Sign(Someone), LoginJson.Default.LoginToken));

        var e = await Assert.ThrowsAsync<ProblemException>(async () => await VerifyAsync(LoginTokenReader.Read(Encoding.UTF8.GetBytes(json))));

        Assert.True(e.Problem.Number == Problems.LoginTokenMalformed("").Number, $"{what}: {e.Problem}");
    }

    [Fact]
    public async Task A_challenge_counts_once_and_five_minutes_long()
    {
        var challenges = new LoginChallenges(new MemoryLoginStore(time), time);
        var cancel = TestContext.Current.CancellationToken;
        var (first, late) = (await challenges.IssueAsync(cancel), await challenges.IssueAsync(cancel));
        Assert.Equal(44, first.Length);
        Assert.NotEqual(first, late);

        await challenges.TakeAsync(first, cancel);
        Assert.Equal(Problems.LoginChallengeUsed(), (await Assert.ThrowsAsync<ProblemException>(() => challenges.TakeAsync(first, cancel))).Problem);
        Assert.Equal(Problems.LoginChallengeUnknown(), (await Assert.ThrowsAsync<ProblemException>(() => challenges.TakeAsync(Nonce, cancel))).Problem);
        time.Advance(LoginChallenges.Lifetime + TimeSpan.FromSeconds(1));
        Assert.Equal(Problems.LoginChallengeExpired(), (await Assert.ThrowsAsync<ProblemException>(() => challenges.TakeAsync(late, cancel))).Problem);
    }

    [Theory]
    [InlineData("https://audit.example/")]
    [InlineData("audit.example")]
    [InlineData("http://audit.example")]
    public void An_origin_that_no_browser_would_send_is_no_setting(string origin) =>
        Assert.Throws<ArgumentException>(() => (Policy with { Origin = origin }).Validate());

    private static LoginPolicy Policy => new() { Origin = Origin, Anchors = [Certificate.FromDer(Pki.Root.Der)], Issuers = [Certificate.FromDer(Pki.Issuing.Der)] };

    private static TestPki.Entity Issue(AlgorithmSuite suite, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null) =>
        Pki.Issue(Holder, Pki.Issuing, suite, ekus: ClientAuth, notBefore: notBefore, notAfter: notAfter);

    private static LoginToken Sign(TestPki.Entity holder) => LoginToken.Sign(holder.Key, holder.Der, Origin, Nonce, "test");

    private Task<LoginHolder> VerifyAsync(LoginToken token, LoginPolicy? policy = null) =>
        new LoginVerifier(policy ?? Policy, status, time).VerifyAsync(token, Nonce, TestContext.Current.CancellationToken);

    private async Task RefusedAsync(Problem problem, LoginToken token, LoginPolicy? policy = null) =>
        Assert.Equal(problem, (await Assert.ThrowsAsync<ProblemException>(() => VerifyAsync(token, policy))).Problem);
}
