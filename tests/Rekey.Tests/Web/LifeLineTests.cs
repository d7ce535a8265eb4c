using Rekey.Contract.Renewal;
using Rekey.Web.Portal.Renewal;

namespace Rekey.Tests.Web;

public sealed class LifeLineTests
{
    private static readonly DateOnly Issued = new(2022, 1, 1);
    private static readonly RenewalWindow Window = new(new(2026, 9, 27), new(2026, 12, 26), new(2027, 10, 22));

    [Theory]
    [InlineData("day of issue", "2022-01-01", 0)]
    [InlineData("halfway to the window", "2024-05-15", 17)]
    [InlineData("first day of the window", "2026-09-27", 34)]
    [InlineData("32 days left", "2026-11-24", 49.5)]
    [InlineData("day of expiry", "2026-12-26", 58)]
    [InlineData("150 days after", "2027-05-25", 74)]
    [InlineData("last day of the window", "2027-10-22", 90)]
    [InlineData("412 days after", "2028-02-11", 94.5)]
    [InlineData("years after", "2035-01-01", 98.5)]
    public void Today_stands_where_the_stretches_say(string row, string today, double percent)
    {
        var line = LifeLine.Of(Issued, Window, DateOnly.Parse(today, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(Math.Abs(line.Now - percent) < 0.06, $"{row}: {line.Now}");
    }
}
