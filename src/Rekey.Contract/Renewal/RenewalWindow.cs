using Rekey.Contract.Problems;

namespace Rekey.Contract.Renewal;

/// <summary>How long before and after expiry a holder may renew; a setting of the certificate's profile.</summary>
/// <param name="DaysBefore">First day of the window, counted back from the day of expiry.</param>
/// <param name="DaysAfter">Last day of the window, counted on from the day of expiry.</param>
public sealed record RenewalPolicy(int DaysBefore = 90, int DaysAfter = 300);

/// <summary>
/// The days on which a certificate can be renewed, both ends included, by calendar date in the institution's zone: what a clerk
/// reads off a calendar is what the service does, at every hour of those days.
/// </summary>
/// <param name="Opens">First day.</param>
/// <param name="Expires">The day of expiry.</param>
/// <param name="Closes">Last day.</param>
public sealed record RenewalWindow(DateOnly Opens, DateOnly Expires, DateOnly Closes)
{
    /// <summary>The window of a certificate.</summary>
    /// <param name="notAfter">Its end of validity.</param>
    /// <param name="policy">Its profile's policy.</param>
    /// <param name="zone">The institution's zone.</param>
    public static RenewalWindow Of(DateTimeOffset notAfter, RenewalPolicy policy, TimeZoneInfo zone)
    {
        var expires = CalendarDay(notAfter, zone);
        return new(expires.AddDays(-policy.DaysBefore), expires, expires.AddDays(policy.DaysAfter));
    }

    /// <summary>The calendar date of an instant in a zone.</summary>
    public static DateOnly CalendarDay(DateTimeOffset instant, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    /// <summary>Why the certificate cannot be renewed today, or null when it can.</summary>
    public Problem? Decide(DateOnly today) =>
        today < Opens ? Problems.Problems.RenewalTooEarly(Opens)
        : today > Closes ? Problems.Problems.RenewalTooLate(Expires, today.DayNumber - Expires.DayNumber, Closes.DayNumber - Expires.DayNumber)
        : null;
}
