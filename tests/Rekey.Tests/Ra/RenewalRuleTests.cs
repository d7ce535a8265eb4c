using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

public sealed class RenewalRuleTests : IDisposable
{
    private const string Zone = "Asia/Shanghai";

    private readonly DemoPki pki = new();

    public void Dispose() => pki.Dispose();

    // The certificate of these rows expires on 26 December 2026 at 23:59:59 in China.
    [Theory]
    [InlineData("91 days before", "2026-09-26T12:00:00+08:00", 3102)]
    [InlineData("the last second before the window", "2026-09-26T23:59:59+08:00", 3102)]
    [InlineData("the first second of the window, 90 days before", "2026-09-27T00:00:00+08:00", 0)]
    [InlineData("the same moment said in London", "2026-09-26T17:00:00+01:00", 0)]
    [InlineData("one month before", "2026-11-24T09:42:00+08:00", 0)]
    [InlineData("the day of expiry, in the morning", "2026-12-26T00:00:00+08:00", 0)]
    [InlineData("the day of expiry, after the hour of expiry", "2026-12-26T23:59:59+08:00", 0)]
    [InlineData("the day after", "2026-12-27T00:00:00+08:00", 0)]
    [InlineData("the last second of the window, 300 days after", "2027-10-22T23:59:59+08:00", 0)]
    [InlineData("the same moment said in New York", "2027-10-22T11:59:59-04:00", 0)]
    [InlineData("the first second after the window", "2027-10-23T00:00:00+08:00", 3103)]
    [InlineData("years after", "2029-01-01T00:00:00+08:00", 3103)]
    public void The_window_has_both_its_days(string row, string now, int problem)
    {
        var decision = Decide(Case(), DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True((decision?.Number ?? 0) == problem, $"{row}: {decision}");
    }

    [Fact]
    public void The_window_is_counted_in_the_institutions_zone()
    {
        // 17:00 in London on the 26th is already the 27th in China, the first day; in the institution's other zone it is not.
        var now = DateTimeOffset.Parse("2026-09-26T17:00:00+01:00", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Null(RenewalRule.Decide(Case(), new ProfileRule(), now, TimeZoneInfo.FindSystemTimeZoneById(Zone)));
        Assert.Equal(3102, RenewalRule.Decide(Case(), new ProfileRule(), now, TimeZoneInfo.FindSystemTimeZoneById("Europe/London"))!.Number);
    }

    [Fact]
    public void The_window_is_the_profiles_own()
    {
        var rule = new ProfileRule { DaysBefore = 30, DaysAfter = 10 };
        Assert.Equal(Problems.RenewalTooEarly(new(2026, 11, 26)), Decide(Case(), China("2026-11-25"), rule));
        Assert.Null(Decide(Case(), China("2026-11-26"), rule));
        Assert.Null(Decide(Case(), China("2027-01-05"), rule));
        Assert.Equal(Problems.RenewalTooLate(new(2026, 12, 26), 11, 10), Decide(Case(), China("2027-01-06"), rule));
    }

    public static TheoryData<string, int> Refusals => new()
    {
        { "nothing stands against it", 0 },
        { "of a foreign CA", 3002 },
        { "of our CA but not in our records", 3001 },
        { "revoked", 3003 },
        { "on hold", 3008 },
        { "holder cancelled", 3004 },
        { "revoked and holder cancelled", 3003 },
        { "already renewed", 3005 },
        { "already renewed, holder cancelled", 3004 },
        { "brought by a renewal not yet confirmed", 3006 },
        { "a renewal of it is under way", 3006 },
        { "taken over, status never seen", 3009 },
        { "taken over, status too old", 3009 },
        { "taken over, status fresh", 0 },
        { "identity proved 10 years ago to the day", 0 },
        { "identity proved 10 years and a day ago", 3104 },
        { "identity never proved", 3104 },
        { "an RSA key of 1024 bits", 3105 },
        { "an RSA key of 2048 bits", 0 },
        { "an RSA key of 2048 bits where 128 bits of strength are wanted", 3105 },
        { "an encryption certificate", 3105 },
        { "a key of the flawed generator", 3106 },
        { "revoked, and too late as well", 3003 },
        { "too weak, and too early as well", 3105 },
        { "too early, and identity too old as well", 3102 },
        { "the old key is needed, and the profile waits", 3212 },
        { "the old key is needed, and the profile warns", 0 },
        { "identity too old, and the profile waits as well", 3104 },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Each_refusal_has_its_number(string row, int problem)
    {
        var now = China("2026-11-24");
        var rule = new ProfileRule();
        var c = Case();
        var record = c.Record!;
        var holder = record.Subscriber;
        switch (row)
        {
            case "of a foreign CA": c = c with { IssuerKnown = false, Record = null }; break;
            case "of our CA but not in our records": c = c with { Record = null }; break;
            case "revoked": record.State = CertificateState.Revoked; break;
            case "on hold": record.State = CertificateState.Held; break;
            case "holder cancelled": holder.State = SubscriberState.Cancelled; break;
            case "revoked and holder cancelled": record.State = CertificateState.Revoked; holder.State = SubscriberState.Cancelled; break;
            case "already renewed": record.State = CertificateState.Superseded; break;
            case "already renewed, holder cancelled": record.State = CertificateState.Superseded; holder.State = SubscriberState.Cancelled; break;
            case "brought by a renewal not yet confirmed": record.State = CertificateState.Unconfirmed; break;
            case "a renewal of it is under way": c = c with { UnderWaySince = now }; break;
            case "taken over, status never seen": c = Case(takenOver: true); break;
            case "taken over, status too old": c = Case(takenOver: true); c.Record!.StatusFreshUntil = now.AddSeconds(-1); break;
            case "taken over, status fresh": c = Case(takenOver: true); c.Record!.StatusFreshUntil = now; break;
            case "identity proved 10 years ago to the day": holder.IdentityProvedAt = China("2016-11-24"); break;
            case "identity proved 10 years and a day ago": holder.IdentityProvedAt = China("2016-11-23"); break;
            case "identity never proved": holder.IdentityProvedAt = null; break;
            case "an RSA key of 1024 bits": c = Case(RsaKey(1024)); break;
            case "an RSA key of 2048 bits": c = Case(RsaKey(2048)); break;
            case "an RSA key of 2048 bits where 128 bits of strength are wanted": c = Case(RsaKey(2048)); rule = rule with { LeastStrengthBits = 128 }; break;
            case "an encryption certificate": c = Case(encryption: true); break;
            case "a key of the flawed generator": c = Case(RocaFingerprintTests.FlawedKey()); break;
            case "revoked, and too late as well": record.State = CertificateState.Revoked; now = China("2029-01-01"); break;
            case "too weak, and too early as well": c = Case(RsaKey(1024)); now = China("2026-01-01"); break;
            case "too early, and identity too old as well": holder.IdentityProvedAt = null; now = China("2026-01-01"); break;
            case "the old key is needed, and the profile waits": (c, rule) = (Needed(c), rule with { WhileOldKeyIsNeeded = WhileOldKeyIsNeeded.Wait }); break;
            case "the old key is needed, and the profile warns": c = Needed(c); break;
            case "identity too old, and the profile waits as well": (c, rule) = (Needed(c), rule with { WhileOldKeyIsNeeded = WhileOldKeyIsNeeded.Wait }); holder.IdentityProvedAt = null; break;
        }

        var decision = Decide(c, now, rule);
        Assert.True((decision?.Number ?? 0) == problem, $"{row}: {decision}");
    }

    [Fact]
    public void A_renewal_that_has_begun_goes_on_after_the_window_but_not_after_a_revocation()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        var late = China("2029-01-01");
        Assert.Null(RenewalRule.DecideResume(Case(), late, zone));

        var superseded = Case();
        superseded.Record!.State = CertificateState.Superseded;
        Assert.Null(RenewalRule.DecideResume(superseded, late, zone));

        var revoked = Case();
        revoked.Record!.State = CertificateState.Revoked;
        Assert.Equal(3003, RenewalRule.DecideResume(revoked, late, zone)!.Number);

        var cancelled = Case();
        cancelled.Record!.State = CertificateState.Superseded;
        cancelled.Record.Subscriber.State = SubscriberState.Cancelled;
        Assert.Equal(3004, RenewalRule.DecideResume(cancelled, late, zone)!.Number);
    }

    [Fact]
    public void Only_designated_models_are_allowed_once_any_is_designated()
    {
        var token = new TokenSummary("pkcs11", "海泰", "HaiKey", "8F21", "", "");
        Assert.Null(RenewalRule.DecideToken(token, []));
        Assert.Null(RenewalRule.DecideToken(token, [new TokenModel { Manufacturer = "海泰", Model = "HaiKey" }]));
        Assert.Equal(Problems.TokenModelNotAllowed("海泰 HaiKey"), RenewalRule.DecideToken(token, [new TokenModel { Manufacturer = "海泰", Model = "HaiKey 3" }]));
    }

    private static RenewalCase Needed(RenewalCase c) => c with { Needs = [new(1, "云泽市公共资源交易平台", new(2026, 12, 10), "开标")] };

    private static DateTimeOffset China(string day) => DemoPki.Day(day);

    private static PublicKey RsaKey(int bits)
    {
        using var rsa = RSA.Create(bits);
        return new PublicKey(rsa);
    }

    private static Problem? Decide(RenewalCase c, DateTimeOffset now, ProfileRule? rule = null) =>
        RenewalRule.Decide(c, rule ?? new ProfileRule(), now, TimeZoneInfo.FindSystemTimeZoneById(Zone));

    private RenewalCase Case(PublicKey? key = null, bool encryption = false, bool takenOver = false)
    {
        var der = pki.Issue("云泽市第一人民医院", China("2022-01-01"), China("2026-12-27").AddSeconds(-1), key, encryption);
        var facts = CertificateFacts.Read(der)!;
        return new RenewalCase(facts, true, new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = der,
            Issuer = new CertificateIssuer { Name = facts.Issuer, DisplayName = "云泽政务 CA", TakenOver = takenOver },
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            Profile = "default",
            State = CertificateState.Active,
            RevokedAt = China("2026-06-02"),
            Subscriber = new Subscriber { StableId = "1", DisplayName = "云泽市第一人民医院", IdentityProvedAt = China("2022-01-01") },
        }, null, null);
    }
}
