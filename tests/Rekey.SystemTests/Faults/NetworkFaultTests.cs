using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>The network cut, doubled and out of order, at every message of a renewal and on both ways that it takes.</summary>
public sealed class NetworkFaultTests(SharedSite shared) : IClassFixture<SharedSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Between_agent_and_portal_any_message_may_be_lost_doubled_or_late()
    {
        IReadOnlyList<string> messages;
        await using (var rig = await HolderRig.EnrolAsync(shared.Site))
        {
            Assert.Null(await rig.RunAsync(Cancel));
            messages = rig.Network.Faults.Names;
        }

        Assert.Contains("cmp KeyUpdateRequest", messages);
        MessageFault[] faults = [MessageFault.RequestLost, MessageFault.AnswerLost, MessageFault.Doubled, MessageFault.Late];
        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(0, messages.Count * faults.Length), (n, c) =>
        {
            var (message, fault) = ((n / faults.Length) + 1, faults[n % faults.Length]);
            return Trial.RunAsync(shared.Site, $"{fault} at {message} {messages[message - 1]}", rig =>
            {
                rig.Network.Faults.Plan(message, fault);
                return rig.RunAsync(c);
            }, c);
        }, Cancel));
    }

    // For longer than an agent is patient: the run ends, the next one finishes.
    [Fact]
    public async Task A_network_that_stays_away_ends_the_run_and_breaks_nothing()
    {
        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(1, 18), (message, c) => Trial.RunAsync(shared.Site, $"cut from {message} on", rig =>
        {
            rig.GiveUp = TimeSpan.FromMilliseconds(300);
            rig.Network.Faults.At = (number, _, _) => number >= message ? throw new MessageLostException() : Task.CompletedTask;
            return rig.RunAsync(c);
        }, c), Cancel));
    }
}

/// <summary>The same between RA and CA; one renewal at a time, because they share the way.</summary>
public sealed class UpstreamFaultTests(SharedSite shared) : IClassFixture<SharedSite>
{
    public static TheoryData<int, string> Cases() => [.. from message in (int[])[1, 2]
                                                          from fault in Enum.GetNames<MessageFault>()
                                                          where fault != nameof(MessageFault.None)
                                                          select new TheoryDataRow<int, string>(message, fault)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Between_RA_and_CA_any_message_may_be_lost_doubled_or_late(int message, string fault)
    {
        var cancel = TestContext.Current.CancellationToken;
        var names = new List<string>();
        var broken = await Trial.RunAsync(shared.Site, $"{fault} at {message}", async rig =>
        {
            shared.Site.Upstream.Plan(message, Enum.Parse<MessageFault>(fault));
            var problem = await rig.RunAsync(cancel);
            names.AddRange(shared.Site.Upstream.Names);
            return problem;
        }, cancel);

        Found.Nothing(broken);
        Assert.Equal("upstream KeyUpdateRequest", names[0]);
        Assert.Contains("upstream CertificateConfirmation", names);
        Found.Nothing(await StoreInvariants.BrokenAsync(shared.Site.View()));
    }
}
