using Rekey.Contract.Renewal;

namespace Rekey.Ra.Renewal;

/// <summary>What a renewal today would bring, as the pages announce it before the PIN. The CA's profile decides in the end.</summary>
/// <param name="Expires">Day of expiry of the new certificate.</param>
/// <param name="Years">Calendar years added.</param>
/// <param name="Days">The same in days.</param>
internal sealed record RenewalForecast(DateOnly Expires, int Years, int Days)
{
    public static RenewalForecast Of(DateTimeOffset notAfter, ProfileRule rule, DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = RenewalWindow.CalendarDay(now, zone);
        var expires = RenewalWindow.CalendarDay(notAfter, zone);
        var from = rule.ExtendFromExpiry && expires > today ? expires : today;
        return From(from, rule);
    }

    /// <summary>The same of a first certificate.</summary>
    public static RenewalForecast OfFirst(ProfileRule rule, DateTimeOffset now, TimeZoneInfo zone) => From(RenewalWindow.CalendarDay(now, zone), rule);

    private static RenewalForecast From(DateOnly from, ProfileRule rule)
    {
        var until = from.AddYears(rule.ValidityYears);
        return new(until, rule.ValidityYears, until.DayNumber - from.DayNumber);
    }
}
