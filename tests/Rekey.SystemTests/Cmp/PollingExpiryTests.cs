using Rekey.Pki.Cmp;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Cmp;

/// <summary>The end of a reference, while its request waits and before one came.</summary>
public sealed class PollingExpiryTests
{
    [Fact]
    public async Task A_reference_that_ends_lets_what_began_finish_and_nothing_else_begin()
    {
        var site = new PollingSite();
        await site.InitializeAsync();
        try
        {
            var (reference, secret) = await site.ReferenceAsync("YZ8700");
            using var begun = new MacClient(reference, secret);
            var (lateReference, lateSecret) = await site.ReferenceAsync("YZ8701", byHand: false);
            using var late = new MacClient(lateReference, lateSecret);
            PollingRuleTests.AssertWaits(await begun.SendAsync(site.Portal, begun.Request()));

            site.Time.Pass(TimeSpan.FromDays(8)); // references run out after seven

            Assert.Equal((int)CmpFailure.BadMessageCheck, MacClient.Error(await late.SendAsync(site.Portal, late.Request())).Bit);
            PollingRuleTests.AssertPolls(await begun.SendAsync(site.Portal, begun.Poll(-1)));
            await site.RekeyAsync("ra", "approve", reference);
            var issued = await begun.SendAsync(site.Portal, begun.Poll(-1));
            Assert.Equal(CmpBodyType.Confirmation, (await begun.SendAsync(site.Portal, begun.Confirm(issued))).Type);
            Found.Nothing(await StoreInvariants.BrokenAsync(site.View(), "YZ8700"));
        }
        finally
        {
            await site.DisposeAsync();
        }
    }
}
