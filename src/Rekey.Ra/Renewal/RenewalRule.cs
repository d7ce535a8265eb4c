using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>All that the decision about one certificate rests on.</summary>
/// <param name="Certificate">What the certificate says.</param>
/// <param name="IssuerKnown">Its issuer is our CA, or one that was taken over.</param>
/// <param name="Record">The RA's record of it, with issuer and subscriber; null when there is none.</param>
/// <param name="SuccessorSerial">Serial number of the certificate that renewed it, hex.</param>
/// <param name="UnderWaySince">When a renewal of it, still open, was started.</param>
internal sealed record RenewalCase(
    CertificateFacts Certificate, bool IssuerKnown, RegisteredCertificate? Record, string? SuccessorSerial, DateTimeOffset? UnderWaySince)
{
    /// <summary>The dates, not yet passed, until which business systems need the key that becomes an old one.</summary>
    public IReadOnlyList<Need> Needs { get; init; } = [];
}

/// <summary>
/// The rule: who may renew what, when. Pure; everything that asks the question asks it here. Refusals
/// that no waiting can cure come first, so that nobody is told to come back for nothing.
/// </summary>
internal static class RenewalRule
{
    /// <summary>Why the certificate cannot be renewed now, or null when it can.</summary>
    public static Problem? Decide(RenewalCase c, ProfileRule rule, DateTimeOffset now, TimeZoneInfo zone) =>
        DecideKnown(c)
        ?? DecideStanding(c, now, zone)
        ?? DecideKey(c.Certificate, rule)
        ?? RenewalWindow.Of(c.Certificate.NotAfter, rule.Window, zone).Decide(RenewalWindow.CalendarDay(now, zone))
        ?? DecideIdentity(c.Record!.Subscriber, rule, now, zone)
        ?? OldKeyRule.DecideWait(c.Needs, rule, RenewalWindow.CalendarDay(c.Certificate.NotAfter, zone), RenewalWindow.CalendarDay(now, zone));

    /// <summary>Why a renewal that has begun cannot go on. Time, key and identity were decided when it began and are not asked again.</summary>
    public static Problem? DecideResume(RenewalCase c, DateTimeOffset now, TimeZoneInfo zone) =>
        DecideKnown(c) ?? (c.Record!.State == CertificateState.Superseded ? DecideSubscriber(c.Record.Subscriber) : DecideStanding(c with { UnderWaySince = null }, now, zone));

    /// <summary>Why the token cannot be used, or null when it can.</summary>
    public static Problem? DecideToken(TokenSummary token, IReadOnlyCollection<TokenModel> designated) =>
        designated.Count == 0 || designated.Any(m => m.Manufacturer == token.Manufacturer && m.Model == token.Model)
            ? null
            : Problems.TokenModelNotAllowed($"{token.Manufacturer} {token.Model}".Trim());

    private static Problem? DecideKnown(RenewalCase c) =>
        c.Record is not null ? null : c.IssuerKnown ? Problems.CertificateUnknown() : Problems.ForeignIssuer();

    private static Problem? DecideStanding(RenewalCase c, DateTimeOffset now, TimeZoneInfo zone)
    {
        var record = c.Record!;
        return record.State switch
        {
            CertificateState.Revoked => Problems.CertificateRevoked(RenewalWindow.CalendarDay(record.RevokedAt ?? now, zone)),
            CertificateState.Held => Problems.CertificateHeld(),
            _ when DecideSubscriber(record.Subscriber) is { } cancelled => cancelled,
            CertificateState.Superseded => Problems.AlreadyRenewed(c.SuccessorSerial ?? "?"),
            CertificateState.Unconfirmed => Problems.RenewalUnderWay(Local(record.NotBefore, zone)),
            _ when c.UnderWaySince is { } since => Problems.RenewalUnderWay(Local(since, zone)),
            _ when record.Issuer.TakenOver && !(record.StatusFreshUntil >= now) => Problems.StatusNotFresh(),
            _ => null,
        };
    }

    private static Problem? DecideSubscriber(Subscriber subscriber) =>
        subscriber.State == SubscriberState.Cancelled ? Problems.HolderCancelled() : null;

    private static Problem? DecideKey(CertificateFacts certificate, ProfileRule rule) =>
        certificate.RsaModulus is { } modulus && RocaFingerprint.Matches(modulus) ? Problems.KeyFlawed()
        : certificate.StrengthBits < rule.LeastStrengthBits || !certificate.Signs ? Problems.KeyTooWeak()
        : null;

    private static Problem? DecideIdentity(Subscriber subscriber, ProfileRule rule, DateTimeOffset now, TimeZoneInfo zone) =>
        subscriber.IdentityProvedAt is { } proved
        && RenewalWindow.CalendarDay(now, zone) <= RenewalWindow.CalendarDay(proved, zone).AddYears(rule.MaxYearsSinceIdentityProof)
            ? null
            : Problems.IdentityProofTooOld(rule.MaxYearsSinceIdentityProof);

    // The time of day that a holder reads is the institution's.
    private static string Local(DateTimeOffset instant, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
}
