using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Signing;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing;

namespace Rekey.Tests.Ca;

public sealed class CertificateIssuerTests(CertificateIssuerTests.OneCa fixture) : IClassFixture<CertificateIssuerTests.OneCa>, IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero);
    private readonly TestCa ca = fixture.Ca;
    private readonly SoftwareSigningKey key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);

    [Fact]
    public void A_first_issue_lives_five_calendar_years_to_the_end_of_the_day()
    {
        var certificate = ca.IssuePerson(key.PublicKey);

        Assert.Equal(Now.AddMinutes(-10), certificate.NotBefore);
        Assert.Equal(new DateTimeOffset(2031, 11, 5, 23, 59, 59, TimeSpan.FromHours(8)), certificate.NotAfter);
        Assert.Equal("YZ-000123", certificate.Subject.Find(Oids.SubjectSerialNumber));
        Assert.Equal(["http://pki.yunze.example/crl/issuing.crl"], certificate.CrlUrls);
        Assert.Equal(["http://pki.yunze.example/ocsp"], certificate.OcspUrls);
        Assert.Equal(34, certificate.SerialHex.Length);
        Assert.True(ca.Authority.Chains.Validate(certificate, new ChainPolicy(Now)).IsValid);
    }

    [Fact]
    public void An_early_renewal_loses_nothing_and_a_late_one_counts_from_now()
    {
        var old = ca.IssuePerson(key.PublicKey, at: Now.AddYears(-5).AddDays(60));
        using var next = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Assert.Equal(old.NotAfter.AddYears(5), ca.IssuePerson(next.PublicKey, renewedFrom: old).NotAfter);

        var expired = ca.IssuePerson(key.PublicKey, at: Now.AddYears(-5).AddDays(-100));
        Assert.Equal(
            new DateTimeOffset(2031, 11, 5, 23, 59, 59, TimeSpan.FromHours(8)),
            ca.IssuePerson(next.PublicKey, renewedFrom: expired).NotAfter);
    }

    [Fact]
    public void A_key_type_that_the_profile_lacks_is_a_numbered_refusal()
    {
        using var weak = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa4096);
        Assert.Equal(4003, Assert.Throws<ProblemException>(() => ca.IssuePerson(weak.PublicKey)).Problem.Number);
    }

    [Fact]
    public void The_old_key_cannot_be_certified_again_by_a_renewal()
    {
        var old = ca.IssuePerson(key.PublicKey, at: Now.AddYears(-5).AddDays(10));
        Assert.Equal(4004, Assert.Throws<ProblemException>(() => ca.IssuePerson(key.PublicKey, renewedFrom: old)).Problem.Number);
    }

    [Fact]
    public void A_subject_with_another_holders_identifier_is_refused()
    {
        var request = new IssuanceRequest
        {
            Profile = "person-signing",
            SubjectDer = DistinguishedName.Parse("serialNumber=YZ-999999,CN=王敏,O=云泽市图书馆,C=CN").Encoded,
            SubjectPublicKey = key.PublicKey,
            SubscriberId = "YZ-000123",
            Now = Now,
        };
        Assert.Equal(4002, Assert.Throws<ProblemException>(() => ca.Issuer.Prepare(request)).Problem.Number);
    }

    [Fact]
    public void A_checked_certificate_is_signed_once()
    {
        var prepared = ca.Issuer.Prepare(new IssuanceRequest
        {
            Profile = "person-signing",
            SubjectDer = DistinguishedName.Parse("CN=王敏,O=云泽市图书馆,C=CN").Encoded,
            SubjectPublicKey = key.PublicKey,
            SubscriberId = "YZ-000123",
            Now = Now,
        });
        ca.Issuer.Issue(prepared);
        Assert.Throws<InvalidOperationException>(() => ca.Issuer.Issue(prepared));
    }

    public void Dispose() => key.Dispose();

    public sealed class OneCa : IDisposable
    {
        public TestCa Ca { get; } = new(new FakeTimeProvider(Now));

        public void Dispose() => Ca.Dispose();
    }
}
