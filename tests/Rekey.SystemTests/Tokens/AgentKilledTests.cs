using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// <c>kill -9</c> of the real agent at every message to a whole institution, before it is delivered and after it was handled. The agent of
/// the next run finishes, and nothing is left behind.
/// </summary>
public sealed class AgentKilledTests(SharedSite shared) : IClassFixture<SharedSite>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_run_finishes_whenever_the_agent_was_killed(bool handled)
    {
        var cancel = TestContext.Current.CancellationToken;
        IReadOnlyList<string> messages;
        await using (var rig = await HolderRig.EnrolAsync(shared.Site))
        {
            Assert.Null(await rig.RunProgramAsync(_ => { }, cancel));
            messages = rig.Network.Faults.Names;
        }

        Assert.Contains("cmp CertificateConfirmation", messages);
        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(1, messages.Count), (number, c) => Trial.RunAsync(
            shared.Site, $"killed {(handled ? "after" : "before")} {number} {messages[number - 1]}", rig => rig.RunKilledAsync(number, handled, c), c), cancel));
    }
}
