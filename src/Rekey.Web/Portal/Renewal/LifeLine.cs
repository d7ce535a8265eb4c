using System.Globalization;
using Rekey.Contract.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Web.Design;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

/// <summary>
/// A certificate's life as a line of four stretches: in use, can be renewed, expired but can be renewed, too late. The stretches
/// have fixed widths so that the short ones can be read; within each, time is to scale.
/// </summary>
/// <param name="Now">Where today is, in per cent of the line.</param>
/// <param name="Issued">First day of validity.</param>
/// <param name="Window">The days between the stretches.</param>
/// <param name="Today">The words over the pin.</param>
/// <param name="Sentence">The whole line in one sentence.</param>
internal sealed record LifeLine(double Now, DateOnly Issued, RenewalWindow Window, string Today, string Sentence)
{
    private const double OpensAt = 34;
    private const double ExpiresAt = 58;
    private const double ClosesAt = 90;
    private const double LastPlace = 98.5;

    public static LifeLine Of(CertificateCard card) => Of(card.Issued, card.Window, card.Today);

    public static LifeLine Of(DateOnly issued, RenewalWindow window, DateOnly today)
    {
        var left = window.Expires.DayNumber - today.DayNumber;
        return new(Place(issued, window, today), issued, window, TodayText(window, today, left), SentenceText(window, today, left));
    }

    /// <summary>A position for an SVG attribute.</summary>
    public static string Percent(double value) => value.ToString("0.#", CultureInfo.InvariantCulture) + "%";

    /// <summary>How the words over the pin are aligned, so that they stay on the page.</summary>
    public string Anchor => Now < 12 ? "start" : Now > 84 ? "end" : "middle";

    private static double Place(DateOnly issued, RenewalWindow window, DateOnly today)
    {
        if (today < window.Opens)
        {
            return Math.Max(0, OpensAt * Share(issued, window.Opens, today));
        }

        if (today <= window.Expires)
        {
            return OpensAt + ((ExpiresAt - OpensAt) * Share(window.Opens, window.Expires, today));
        }

        return today <= window.Closes
            ? ExpiresAt + ((ClosesAt - ExpiresAt) * Share(window.Expires, window.Closes, today))
            // Beyond the window another window's length takes a bit more than what is left of the line.
            : Math.Min(LastPlace, ClosesAt + (12 * Share(window.Closes, window.Closes.AddDays(window.Closes.DayNumber - window.Expires.DayNumber), today)));
    }

    private static double Share(DateOnly from, DateOnly to, DateOnly day) =>
        to == from ? 1 : (double)(day.DayNumber - from.DayNumber) / (to.DayNumber - from.DayNumber);

    private static string TodayText(RenewalWindow window, DateOnly today, int left) => left switch
    {
        0 => Text.Life_TodayLast,
        > 0 => Wording.F(Text.Life_TodayLeft, left),
        _ when today <= window.Closes => Wording.F(Text.Life_TodayLate, -left),
        _ => Wording.F(Text.Life_TodayShut, -left),
    };

    private static string SentenceText(RenewalWindow window, DateOnly today, int left) =>
        today < window.Opens ? Wording.F(Text.Life_BeforeWindow, Wording.LongDate(window.Expires), left, Wording.LongDate(window.Opens))
        : left >= 0 ? Wording.F(Text.Life_InWindow, Wording.LongDate(window.Expires), left)
        : today <= window.Closes ? Wording.F(Text.Life_LateWindow, -left, Wording.LongDate(window.Closes))
        : Wording.F(Text.Life_Shut, -left, window.Closes.DayNumber - window.Expires.DayNumber);
}
