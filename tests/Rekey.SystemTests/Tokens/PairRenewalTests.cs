using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Upstream;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>A pair through a whole institution with a key-management centre, on both kinds of tokens: both halves are renewed as one act.</summary>
public sealed class PairRenewalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("P-256", "RSA-2048", false)]
    [InlineData("RSA-2048", "P-256", false)]
    [InlineData("SM2", "SM2", true)]
    [InlineData("RSA-2048", "RSA-2048", true)]
    public async Task Both_halves_are_renewed_and_the_old_encryption_key_stays(string signing, string encryption, bool skf)
    {
        Assert.True(AlgorithmSuite.TryParse(signing, out var suite) & AlgorithmSuite.TryParse(encryption, out var half));
        await using var site = await FaultSite.StartAsync(suite, encryption: half, skf: skf);
        await using var rig = await HolderRig.EnrolAsync(site);

        Assert.Null(await rig.RunAsync(Cancel));

        Found.Nothing(await rig.BrokenAsync(finished: true));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
        if (!skf)
        {
            await AnotherKeyTakesThePlaceOfOneThatVanishedAsync(site);
            await ACentreThatSaysOtherwiseIsNamedAsync(site, rig.Holder);
        }
    }

    // The checker itself: last of all, because it breaks the centre's store.
    private static async Task ACentreThatSaysOtherwiseIsNamedAsync(FaultSite site, string holder)
    {
        await site.Services.GetRequiredService<TellKmc>().RunAsync(Cancel);
        await using var db = await site.Services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
        var orders = db.Orders.Where(o => o.SubscriberId == holder);
        async Task NamesAsync(string finding) =>
            Assert.Contains(await StoreInvariants.BrokenAsync(site.View(), holder), f => f.Contains(finding, StringComparison.Ordinal));

        await orders.ExecuteUpdateAsync(u => u.SetProperty(o => o.State, OrderState.Revoked), Cancel);
        await NamesAsync("was told Confirmed, and its order is Revoked");
        await NamesAsync("its order is Revoked and its key InUse");
        await orders.ExecuteUpdateAsync(u => u.SetProperty(o => o.OrderId, new byte[16]), Cancel);
        await NamesAsync("has no order for its key");
    }

    // The CA had issued for the first; the second gets certificates and an encryption key of its own.
    private static async Task AnotherKeyTakesThePlaceOfOneThatVanishedAsync(FaultSite site)
    {
        await using var rig = await HolderRig.EnrolAsync(site);
        rig.GiveUp = TimeSpan.FromMilliseconds(300);
        rig.Network.Faults.At = (_, name, handled) => name == "cmp KeyUpdateRequest" && handled ? throw new MessageLostException() : Task.CompletedTask;
        Assert.NotNull(await rig.RunAsync(Cancel));
        rig.Network.Faults.At = null;
        using (var module = rig.Key.Looking())
        {
            using var token = rig.Key.LogIn(module);
            foreach (var pair in token.ListPairs().Where(p => RenewalKeyId.TryRead(p.Id) is not null))
            {
                token.DeletePair(pair.Id);
            }
        }

        Found.Nothing(await Trial.FinishAsync(rig, Cancel));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }
}
