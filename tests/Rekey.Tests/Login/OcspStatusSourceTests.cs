using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rekey.Login.Status;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Login;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Login;

public sealed class OcspStatusSourceTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 2, 0, 0, TimeSpan.Zero);
    private static readonly TestPki Pki = new(now: Now);
    private static readonly Certificate Issuing = Certificate.FromDer(Pki.Issuing.Der);
    private static readonly Certificate Holder = Certificate.FromDer(Pki.Issue("CN=张伟", Pki.Issuing, AlgorithmSuite.P256).Der);

    private readonly FakeTimeProvider time = new(Now);
    private readonly OcspDouble ocsp;
    private readonly OcspStatusSource source;

    public OcspStatusSourceTests()
    {
        ocsp = new(Pki.Issuing, time);
        source = new(new(ocsp), new("http://ocsp.example/"), time, NullLogger<OcspStatusSource>.Instance);
    }

    public void Dispose() => source.Dispose();

    [Fact]
    public async Task A_good_answer_is_used_again_for_sixty_seconds()
    {
        Assert.Equal(CertificateStatusKind.Good, await AskAsync());
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(CertificateStatusKind.Good, await AskAsync());
        Assert.Equal(1, ocsp.Asked);

        ocsp.Set(Holder.Encoded.ToArray(), OcspCertStatus.Revoked, Now);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CertificateStatusKind.Revoked, await AskAsync());
        Assert.Equal(2, ocsp.Asked);
    }

    [Fact]
    public async Task An_answer_that_is_not_good_is_asked_for_anew_each_time()
    {
        ocsp.Set(Holder.Encoded.ToArray(), OcspCertStatus.Unknown);
        Assert.Equal(CertificateStatusKind.Unknown, await AskAsync());
        ocsp.Set(Holder.Encoded.ToArray(), OcspCertStatus.Good);
        Assert.Equal(CertificateStatusKind.Good, await AskAsync());
    }

    [Fact]
    public async Task In_an_outage_a_good_answer_stands_for_ten_minutes_and_then_nobody_gets_in()
    {
        await AskAsync();
        ocsp.IsDown = true;
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(CertificateStatusKind.Good, await AskAsync());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task A_revocation_seen_outlives_an_outage()
    {
        await AskAsync();
        ocsp.Set(Holder.Encoded.ToArray(), OcspCertStatus.Revoked, Now);
        time.Advance(TimeSpan.FromMinutes(2));
        await AskAsync();
        ocsp.IsDown = true;
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task An_answer_that_another_signed_does_not_count()
    {
        ocsp.Signer = new TestPki(now: Now).Issuing;
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task A_responder_that_the_CA_named_counts_and_any_other_certificate_of_it_does_not()
    {
        ocsp.Signer = Pki.Issue("CN=OCSP", Pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.OcspSigning]);
        Assert.Equal(CertificateStatusKind.Good, await AskAsync());
        time.Advance(TimeSpan.FromMinutes(20));
        ocsp.Signer = Pki.Issue("CN=Someone", Pki.Issuing, AlgorithmSuite.P256);
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task An_old_answer_does_not_count()
    {
        ocsp.Late = TimeSpan.FromMinutes(4);
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task An_answer_to_another_question_does_not_count()
    {
        ocsp.RepeatsNonce = false;
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());

        ocsp.RepeatsNonce = true;
        var other = OcspCertId.Of(Issuing, "01");
        ocsp.Instead = _ => OcspBuilder.Sign([new(other, OcspCertStatus.Good, Now, Now.AddMinutes(1))], null, Now, Issuing, Pki.Issuing.Key);
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
    }

    [Fact]
    public async Task What_is_no_answer_does_not_count()
    {
        ocsp.Instead = _ => [0x30, 0x00];
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
        ocsp.Instead = _ => OcspBuilder.Failure(OcspResponseStatus.TryLater);
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
        ocsp.Instead = _ => new byte[100_000];
        Assert.Equal(CertificateStatusKind.Unavailable, await AskAsync());
        ocsp.Instead = _ => OcspBuilder.Failure(OcspResponseStatus.Unauthorized);
        Assert.Equal(CertificateStatusKind.Unknown, await AskAsync());
    }

    private async Task<CertificateStatusKind> AskAsync() => (await source.AskAsync(Holder, Issuing, TestContext.Current.CancellationToken)).Kind;
}
