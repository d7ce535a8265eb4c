using System.Globalization;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>
/// The servers die at every single write of a renewal, before and after each commit of CA and RA, and start again on the same stores. The
/// number of moments is found by counting.
/// </summary>
public sealed class ServerDiesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task At_whatever_write_the_servers_die_nothing_breaks_and_the_renewal_finishes(int half)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var site = await FaultSite.StartAsync();
        var moments = await CountAsync(site, cancel);
        Assert.True(moments.Count > 30, "a renewal writes more often than that");

        var broken = new List<string>();
        for (var moment = 1 + half; moment <= moments.Count; moment += 2)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"moment {moment}, {moments[moment - 1]}");
            broken.AddRange(await Trial.RunAsync(site, name, async rig =>
            {
                site.Database.Plan(moment);
                return await rig.RunAsync(cancel);
            }, cancel));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{moments.Count} moments"));
        Found.Nothing(broken);
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }

    private static async Task<IReadOnlyList<string>> CountAsync(FaultSite site, CancellationToken cancel)
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        site.Database.Plan(0);
        Assert.Null(await rig.RunAsync(cancel));
        return site.Database.Moments;
    }
}
