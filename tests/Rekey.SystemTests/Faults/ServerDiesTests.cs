using System.Globalization;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>
/// The servers die at every single write of a renewal, before and after each commit of CA and RA, and start again on the same stores. The
/// number of moments is found by counting.
/// </summary>
public sealed class ServerDiesTests
{
    /// <summary>Institutions that work at the same time, each on its share of the moments.</summary>
    private static readonly int Shares = Environment.ProcessorCount;

    [Fact]
    public async Task At_whatever_write_the_servers_die_nothing_breaks_and_the_renewal_finishes()
    {
        var cancel = TestContext.Current.CancellationToken;
        var shares = await Task.WhenAll(Enumerable.Range(0, Shares).Select(share => Task.Run(() => TryAsync(share, cancel), cancel)));
        Found.Nothing(shares.SelectMany(s => s));
    }

    private static async Task<IReadOnlyList<string>> TryAsync(int share, CancellationToken cancel)
    {
        await using var site = await FaultSite.StartAsync();
        var moments = await CountAsync(site, cancel);
        Assert.True(moments.Count > 30, "a renewal writes more often than that");

        var broken = new List<string>();
        for (var moment = 1 + share; moment <= moments.Count; moment += Shares)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"moment {moment}, {moments[moment - 1]}");
            broken.AddRange(await Trial.RunAsync(site, name, async rig =>
            {
                site.Database.Plan(moment);
                return await rig.RunAsync(cancel);
            }, cancel));
        }

        return [.. broken, .. await StoreInvariants.BrokenAsync(site.View())];
    }

    private static async Task<IReadOnlyList<string>> CountAsync(FaultSite site, CancellationToken cancel)
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        site.Database.Plan(0);
        Assert.Null(await rig.RunAsync(cancel));
        return site.Database.Moments;
    }
}
