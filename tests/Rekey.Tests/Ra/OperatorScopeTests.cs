using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Operators;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

public sealed class OperatorScopeTests
{
    private const string Yunze = "12370100MB1234562C";
    private const string North = "11370102MB7654322U";

    [Theory]
    [InlineData("all", Yunze, true)]
    [InlineData("all", null, true)]
    [InlineData("37", Yunze, true)]
    [InlineData("3701", Yunze, true)]
    [InlineData("370100", Yunze, true)]
    [InlineData("370102", Yunze, false)]
    [InlineData("38", Yunze, false)]
    [InlineData("12", Yunze, false)] // not the first digits of the code, but those of its division
    [InlineData("37", null, false)]
    [InlineData(Yunze, Yunze, true)]
    [InlineData("12370100mb1234562c", Yunze, true)]
    [InlineData("38、 12370100MB1234562C，39", Yunze, true)]
    public void A_scope_has_the_subscribers_of_its_regions_and_institutions(string scope, string? code, bool has)
    {
        Assert.Equal(has, OperatorScope.Parse(scope).Contains(code));
        Assert.Equal(OperatorScope.Parse(scope), OperatorScope.Parse(OperatorScope.Parse(scope).ToString()));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("  ", "")]
    [InlineData("371", "371")]
    [InlineData("３７", "３７")]
    [InlineData("3701 12370100MB1234562D", "12370100MB1234562D")]
    [InlineData("all 37", "all")]
    public void What_is_no_scope_is_named(string text, string wrong)
    {
        Assert.False(OperatorScope.TryParse(text, out _, out var part));
        Assert.Equal(wrong, part);
        Assert.Throws<FormatException>(() => OperatorScope.Parse(text));
    }

    [Fact]
    public void A_list_that_nobody_can_read_is_no_scope()
    {
        var most = string.Join(' ', Enumerable.Range(100_000, OperatorScope.MostParts));
        Assert.True(OperatorScope.TryParse(most, out _, out _));
        Assert.False(OperatorScope.TryParse(most + " 200000", out _, out _));
    }

    [Theory]
    [InlineData("all", "all", true)]
    [InlineData("all", "37", true)]
    [InlineData("37", "all", false)]
    [InlineData("37", "3701", true)]
    [InlineData("37", "37", true)]
    [InlineData("3701", "37", false)]
    [InlineData("3701", Yunze, true)]
    [InlineData("3702", Yunze, false)]
    [InlineData(Yunze, Yunze, true)]
    [InlineData(Yunze, "370100", false)]
    [InlineData("3701 38", "370100 380000 " + Yunze, true)]
    [InlineData("3701 38", "370100 390000", false)]
    public void A_scope_covers_what_has_nobody_from_outside(string mine, string theirs, bool covers) =>
        Assert.Equal(covers, OperatorScope.Parse(mine).Covers(OperatorScope.Parse(theirs)));

    [Fact]
    public async Task The_database_and_the_scope_say_the_same()
    {
        await using var portal = await PortalHost.StartAsync();
        foreach (var code in new[] { Yunze, North, null })
        {
            await portal.RegisterAsync(portal.Pki.Issue($"单位 {code}", DemoPki.Day("2025-01-01"), DemoPki.Day("2030-01-01")), subscriber: s => s.CreditCode = code);
        }

        await using var db = await portal.DatabaseAsync();
        foreach (var scope in new[] { "all", "37", "3701", "370100", "370102", "38", Yunze, $"370102 {Yunze}", "370102 41 " + North }.Select(OperatorScope.Parse))
        {
            var found = await db.Subscribers.Where(scope.Filter()).Select(s => s.CreditCode).ToListAsync(TestContext.Current.CancellationToken);
            Assert.Equal(new[] { Yunze, North, null }.Where(scope.Contains).Order(), found.Order());
        }
    }
}
