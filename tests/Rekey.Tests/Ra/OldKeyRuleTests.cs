using System.Globalization;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.OldKeys;

namespace Rekey.Tests.Ra;

public sealed class OldKeyRuleTests
{
    private static readonly DateOnly Today = new(2026, 11, 24);
    private static readonly DateOnly Expires = new(2026, 12, 26);
    private static readonly ProfileRule Waiting = new() { WhileOldKeyIsNeeded = WhileOldKeyIsNeeded.Wait };

    [Theory]
    [InlineData("nobody needs it", "", null)]
    [InlineData("until today", "2026-11-24", "2026-11-24")]
    [InlineData("until yesterday", "2026-11-23", null)]
    [InlineData("a week is left to renew in", "2026-12-19", "2026-12-19")]
    [InlineData("less than a week would be left", "2026-12-20", null)]
    [InlineData("the certificate expires before", "2027-03-31", null)]
    [InlineData("two dates, both before", "2026-12-01 2026-12-10", "2026-12-10")]
    [InlineData("two dates, one too far to wait for", "2027-03-31 2026-12-10", "2026-12-10")]
    public void A_renewal_waits_for_the_last_date_that_leaves_a_week_to_renew_in(string row, string dates, string? until)
    {
        var decision = OldKeyRule.DecideWait(Needs(dates), Waiting, Expires, Today);

        Assert.True(decision == (until is null ? null : Problems.RenewalWaits("S", Day(until))), $"{row}: {decision}");
    }

    [Fact]
    public void An_expired_certificate_is_renewed_whoever_needs_the_old_key() =>
        Assert.Null(OldKeyRule.DecideWait(Needs("2027-03-31 2026-12-28"), Waiting, Expires, new(2026, 12, 27)));

    [Fact]
    public void Without_the_setting_no_renewal_waits() => Assert.Null(OldKeyRule.DecideWait(Needs("2026-12-10"), new(), Expires, Today));

    [Theory]
    [InlineData("an encryption key, without a setting", true, "2016-01-01", null, "", false)]
    [InlineData("an encryption key, its days are over", true, "2026-11-20", 4, "", true)]
    [InlineData("an encryption key, a day is missing", true, "2026-11-21", 4, "", false)]
    [InlineData("an encryption key, needed until today", true, "2016-01-01", 4, "2026-11-24", false)]
    [InlineData("an encryption key, needed until yesterday", true, "2016-01-01", 4, "2026-11-23", true)]
    [InlineData("an encryption key, needed by two", true, "2016-01-01", 4, "2026-11-23 2030-01-01", false)]
    [InlineData("an encryption key, of whose successor nothing is known", true, null, 4, "", false)]
    [InlineData("a pair that was kept for a date, which has passed", false, "2026-11-20", null, "2026-11-23", true)]
    [InlineData("a pair that is kept for a date", false, "2026-11-20", null, "2026-11-24", false)]
    public void An_old_key_goes_when_its_days_are_over_and_nobody_needs_it(string row, bool half, string? superseded, int? days, string dates, bool goes)
    {
        var key = new OldKey(half, superseded is null ? null : Day(superseded), false, Needs(dates));

        Assert.True(goes == OldKeyRule.MayGo(key, new() { RetireEncryptionAfterDays = days }, Today), row);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void A_pair_that_was_to_stay_some_days_goes_after_them(int? days, bool goes) =>
        Assert.Equal(goes, OldKeyRule.MayGo(new(false, Today.AddDays(-30), false, []), new() { RetireAfterDays = days }, Today));

    [Fact]
    public void An_encryption_key_of_a_taken_over_CA_never_goes_because_nobody_here_can_recover_it() =>
        Assert.False(OldKeyRule.MayGo(new(true, new(2016, 1, 1), true, []), new() { RetireEncryptionAfterDays = 1 }, Today));

    [Theory]
    [InlineData("开标用", true)]
    [InlineData("Opening of bids 2027", true)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("a ", false)]
    [InlineData("two\nlines", false)]
    [InlineData("turned \u202eround", false)]
    [InlineData("no\u200bwidth", false)]
    [InlineData("123456789 123456789 1", false)]
    public void What_others_write_is_one_line_that_shows_as_it_is(string text, bool accepted) => Assert.Equal(accepted, PlainLine.Is(text, 20));

    [Theory]
    [InlineData("云泽市公共资源交易平台", true)]
    [InlineData("a|b", false)]
    [InlineData("a]", false)]
    public void A_name_fits_into_a_status_text(string text, bool accepted) => Assert.Equal(accepted, PlainLine.IsName(text));

    private static IReadOnlyList<Need> Needs(string dates) =>
        [.. dates.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d => new Need(1, "S", Day(d), "bids"))];

    private static DateOnly Day(string iso) => DateOnly.Parse(iso, CultureInfo.InvariantCulture);
}
