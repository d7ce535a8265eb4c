using Rekey.Ca.Certificates;
using Rekey.Contract.Renewal;

namespace Rekey.Ca.Profiles;

/// <summary>How long a certificate is valid (pure; shown to the holder before the PIN, so calculated in one place).</summary>
public static class ValidityRule
{
    /// <summary>How far notBefore lies before the present, because the clocks of those who check are never quite right.</summary>
    public static readonly TimeSpan ClockAllowance = TimeSpan.FromMinutes(10);

    /// <summary>First and last second of a certificate issued now.</summary>
    /// <param name="profile">Its profile.</param>
    /// <param name="now">The present.</param>
    /// <param name="oldNotAfter">End of the certificate that it renews; null for a first issue.</param>
    /// <param name="zone">The institution's zone, in which days end.</param>
    /// <param name="issuerNotAfter">End of the signer's own certificate, which no certificate outlives.</param>
    /// <returns>Whole seconds, UTC.</returns>
    public static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) Calculate(
        CertificateProfile profile, DateTimeOffset now, DateTimeOffset? oldNotAfter, TimeZoneInfo zone, DateTimeOffset issuerNotAfter)
    {
        var second = now.ToWholeSecond();
        var from = profile.ExtendFrom == ExtendFrom.Expiry && oldNotAfter > second ? oldNotAfter.Value : second;
        var lastDay = RenewalWindow.CalendarDay(from, zone).AddYears(profile.Years);
        var end = EndOfDay(lastDay, zone);
        return (second - ClockAllowance, end < issuerNotAfter ? end : issuerNotAfter);
    }

    private static DateTimeOffset EndOfDay(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(30); // a zone that skips midnight: the day ends where the next one begins
        }

        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime().AddSeconds(-1);
    }
}
