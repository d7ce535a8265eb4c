using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Ceremony;
using Rekey.Testing;

namespace Rekey.Tests.Ca;

/// <summary>When the CA renews a certificate of its own services.</summary>
public sealed class ServiceRenewalRuleTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

    [Fact]
    public void From_45_days_before_its_end_on_also_after_it_unless_the_issuing_CA_ends_with_it()
    {
        using var ca = new TestCa(Time);
        var (certificate, issuing) = (ca.Authority.Cmp.Certificate, ca.Authority.Issuers[0].Certificate);
        foreach (var (name, days, due) in new[] { ("new", -700, false), ("46 days before", -46, false), ("44 days before", -44, true), ("ended", 1, true) })
        {
            Assert.Equal((name, due), (name, RenewServiceCertificate.IsDue(certificate, issuing, certificate.NotAfter.AddDays(days))));
        }

        Assert.False(RenewServiceCertificate.IsDue(certificate, certificate, certificate.NotAfter)); // one that ends on the same day
    }
}
