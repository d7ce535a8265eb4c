using System.Globalization;
using Rekey.Ra.Overview;
using Rekey.Web.Design;

namespace Rekey.Web.Console.Overview;

/// <summary>A bar of the chart, in its coordinates.</summary>
/// <param name="X">Left.</param>
/// <param name="Y">Top.</param>
/// <param name="Height">Height.</param>
/// <param name="IsOpen">Whether the holders can renew by now.</param>
/// <param name="Label">Week and count in words.</param>
internal sealed record WeekBar(double X, double Y, double Height, bool IsOpen, string Label);

/// <summary>Expiries per week as an SVG: 52 bars over a scale of round numbers.</summary>
internal sealed record WeekChart(IReadOnlyList<WeekBar> Bars, IReadOnlyList<(double Y, int Value)> Lines, IReadOnlyList<(double X, string Text)> Months, double OpenUntil)
{
    public const double Left = 40;
    public const double Right = 760;
    public const double Top = 12;
    public const double Base = 196;
    public const double BarWidth = ((Right - Left) / ReadOverview.WeekCount) - 3;

    private const double Step = (Right - Left) / ReadOverview.WeekCount;
    private const int LineCount = 4;

    /// <summary>Draws the figures.</summary>
    public static WeekChart Of(OverviewFigures figures)
    {
        var top = Ceiling(Math.Max(figures.Weeks.Max(), LineCount));
        var height = (Base - Top) / top;
        var bars = figures.Weeks.Select((count, week) =>
        {
            var first = figures.FirstDay.AddDays(7 * week);
            return new WeekBar(Left + (week * Step), Base - (count * height), count * height, 7 * week <= figures.DueDays, Wording.F(Texts.ConsoleText.Chart_Week, Wording.ShortDate(first), count));
        }).ToList();
        var lines = Enumerable.Range(0, LineCount + 1).Select(i => (Base - (i * (Base - Top) / LineCount), i * top / LineCount)).ToList();
        var months = new List<(double, string)>();
        for (var week = 0; week < figures.Weeks.Count; week++)
        {
            var first = figures.FirstDay.AddDays(7 * week);
            if (week == 0 || first.Month != figures.FirstDay.AddDays(7 * (week - 1)).Month)
            {
                months.Add((Left + (week * Step), first.ToString(CultureInfo.CurrentCulture.TwoLetterISOLanguageName == "zh" ? "M月" : "MMM", CultureInfo.CurrentCulture)));
            }
        }

        // The first label has the room of its own weeks only; where those are few, the next one stands for both.
        if (months.Count > 1 && months[1].Item1 - months[0].Item1 < 3 * Step)
        {
            months.RemoveAt(0);
        }

        return new(bars, lines, months, Math.Min(Right, Left + ((figures.DueDays / 7) + 1) * Step));
    }

    /// <summary>A coordinate as SVG writes it.</summary>
    public static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    // 4, 8, 20, 40, 80, 200 …: four equal steps of whole numbers.
    private static int Ceiling(int most)
    {
        for (var unit = 4; ; unit *= 10)
        {
            foreach (var factor in new[] { 1, 2, 5 })
            {
                if (unit * factor >= most)
                {
                    return unit * factor;
                }
            }
        }
    }
}
