using System.Globalization;
using Rekey.Pki.Algorithms;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Download;

/// <summary>Every call to the token in a download disturbed once (<see cref="EveryCall"/>): whatever happens, the next run finishes and the codes are used once.</summary>
public abstract class DownloadEveryCallTests(string way, string signing, string? encryption = null, bool skf = false)
{
    [Fact(Explicit = true)] // not yet seen to end in time
    public async Task Whatever_call_is_disturbed_nothing_breaks_and_the_next_run_finishes()
    {
        Assert.True(AlgorithmSuite.TryParse(signing, out var suite));
        var half = encryption is not null && AlgorithmSuite.TryParse(encryption, out var kind) ? kind : null;
        await using var site = await FaultSite.StartAsync(suite, encryption: half, skf: skf);
        var (calls, broken) = await EveryCall.RunAsync(site, Errand.Download, way, all: false, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls"));
        Found.Nothing(broken);
        Assert.True(calls.Count > 50, "a download has more calls than that");
    }
}

/// <summary>The token is pulled out before call N and put back when the agent asks for it.</summary>
public sealed class DownloadRemovedTests() : DownloadEveryCallTests("token removed", "P-256");

/// <summary>The same of a pair.</summary>
public sealed class PairDownloadRemovedTests() : DownloadEveryCallTests("token removed", "P-256", "RSA-2048");

/// <summary>The same of an SM2 pair on a UKey.</summary>
public sealed class SkfPairDownloadRemovedTests() : DownloadEveryCallTests("token removed", "SM2", "SM2", skf: true);

/// <summary>Call N is not done and fails.</summary>
public sealed class DownloadFailedTests() : DownloadEveryCallTests("token call fails", "P-256");

/// <summary>Call N is done and its answer is lost.</summary>
public sealed class DownloadAnswerLostTests() : DownloadEveryCallTests("token answer lost", "P-256");

/// <summary>The same of a pair.</summary>
public sealed class PairDownloadAnswerLostTests() : DownloadEveryCallTests("token answer lost", "P-256", "RSA-2048");

/// <summary>The network cut, doubled and out of order at every message of a download.</summary>
public sealed class DownloadNetworkTests(SharedSite shared) : IClassFixture<SharedSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)] // not yet seen to end in time
    public async Task Between_agent_and_portal_any_message_may_be_lost_doubled_or_late()
    {
        IReadOnlyList<string> messages;
        await using (var rig = await HolderRig.AuthoriseAsync(shared.Site))
        {
            Assert.Null(await rig.RunAsync(Cancel));
            messages = rig.Network.Faults.Names;
        }

        Assert.Contains(Errand.Download.Request, messages);
        MessageFault[] faults = [MessageFault.RequestLost, MessageFault.AnswerLost, MessageFault.Doubled, MessageFault.Late];
        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(0, messages.Count * faults.Length), (n, c) =>
        {
            var (message, fault) = ((n / faults.Length) + 1, faults[n % faults.Length]);
            return Trial.RunAsync(shared.Site, Errand.Download, $"{fault} at {message} {messages[message - 1]}", rig =>
            {
                rig.Network.Faults.Plan(message, fault);
                return rig.RunAsync(c);
            }, c);
        }, Cancel));
    }

    [Fact(Explicit = true)] // not yet seen to end in time
    public async Task A_network_that_stays_away_ends_the_run_and_breaks_nothing()
    {
        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(1, 18), (message, c) => Trial.RunAsync(shared.Site, Errand.Download, $"cut from {message} on", rig =>
        {
            rig.GiveUp = TimeSpan.FromMilliseconds(300);
            rig.Network.Faults.At = (number, _, _) => number >= message ? throw new MessageLostException() : Task.CompletedTask;
            return rig.RunAsync(c);
        }, c), Cancel));
    }

    [Theory(Explicit = true)] // not yet seen to end in time
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_run_finishes_whenever_the_agent_was_killed(bool handled)
    {
        IReadOnlyList<string> messages;
        await using (var rig = await HolderRig.AuthoriseAsync(shared.Site))
        {
            Assert.Null(await rig.RunProgramAsync(_ => { }, Cancel));
            messages = rig.Network.Faults.Names;
        }

        Found.Nothing(await shared.RunAllAsync(Enumerable.Range(1, messages.Count), (number, c) => Trial.RunAsync(
            shared.Site, Errand.Download, $"killed {(handled ? "after" : "before")} {number} {messages[number - 1]}", rig => rig.RunKilledAsync(number, handled, c), c), Cancel));
    }
}

/// <summary>The same between RA and CA; one download at a time, because they share the way.</summary>
public sealed class DownloadUpstreamTests(SharedSite shared) : IClassFixture<SharedSite>
{
    [Theory]
    [MemberData(nameof(UpstreamFaultTests.Cases), MemberType = typeof(UpstreamFaultTests))]
    public async Task Between_RA_and_CA_any_message_may_be_lost_doubled_or_late(int message, string fault)
    {
        var cancel = TestContext.Current.CancellationToken;
        Found.Nothing(await Trial.RunAsync(shared.Site, Errand.Download, $"{fault} at {message}", rig =>
        {
            shared.Site.Upstream.Plan(message, Enum.Parse<MessageFault>(fault));
            return rig.RunAsync(cancel);
        }, cancel));
        Found.Nothing(await StoreInvariants.BrokenAsync(shared.Site.View()));
    }
}

/// <summary>The servers die at every single write of a download and start again on the same stores.</summary>
public sealed class ServerDiesInDownloadTests
{
    private static readonly int Shares = Environment.ProcessorCount;

    [Fact(Explicit = true)] // not yet seen to end in time
    public async Task At_whatever_write_the_servers_die_nothing_breaks_and_the_download_finishes()
    {
        var cancel = TestContext.Current.CancellationToken;
        var shares = await Task.WhenAll(Enumerable.Range(0, Shares).Select(share => Task.Run(() => TryAsync(share, cancel), cancel)));
        Found.Nothing(shares.SelectMany(s => s));
    }

    private static async Task<IReadOnlyList<string>> TryAsync(int share, CancellationToken cancel)
    {
        await using var site = await FaultSite.StartAsync();
        IReadOnlyList<string> moments;
        await using (var rig = await HolderRig.AuthoriseAsync(site))
        {
            site.Database.Plan(0);
            Assert.Null(await rig.RunAsync(cancel));
            moments = site.Database.Moments;
        }

        Assert.True(moments.Count > 30, "a download writes more often than that");
        var broken = new List<string>();
        for (var moment = 1 + share; moment <= moments.Count; moment += Shares)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"moment {moment}, {moments[moment - 1]}");
            broken.AddRange(await Trial.RunAsync(site, Errand.Download, name, rig =>
            {
                site.Database.Plan(moment);
                return rig.RunAsync(cancel);
            }, cancel));
        }

        return [.. broken, .. await StoreInvariants.BrokenAsync(site.View())];
    }
}

/// <summary>Codes typed again: on another computer, or for another key.</summary>
public sealed class DownloadAgainTests(SharedSite shared) : IClassFixture<SharedSite>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("event KeyReady")]
    [InlineData("cmp InitializationRequest")]
    [InlineData("event Verified")]
    [InlineData("cmp CertificateConfirmation")]
    public async Task What_one_computer_began_another_one_finishes_with_the_same_key(string until)
    {
        await using var rig = await CutAsync(until);
        rig.ChangeComputer();
        Found.Nothing(await Trial.FinishAsync(rig, Cancel));
    }

    [Fact]
    public async Task A_key_that_vanished_makes_way_for_another_one()
    {
        await using var rig = await CutAsync("event Verified");
        rig.OnToken(token =>
        {
            foreach (var pair in token.ListPairs())
            {
                token.DeletePair(pair.Id);
            }

            return true;
        });

        Found.Nothing(await Trial.FinishAsync(rig, Cancel));
        Found.Nothing(await StoreInvariants.BrokenAsync(shared.Site.View(), rig.Holder));
    }

    private async Task<HolderRig> CutAsync(string until)
    {
        var rig = await HolderRig.AuthoriseAsync(shared.Site);
        rig.GiveUp = TimeSpan.FromMilliseconds(300);
        var cut = false;
        rig.Network.Faults.At = (_, name, handled) =>
        {
            cut |= name == until && handled;
            return cut ? throw new MessageLostException() : Task.CompletedTask;
        };
        var problem = await rig.RunAsync(Cancel);
        Assert.True(cut, "the message was never sent");
        Assert.True(problem is not null || until == "cmp CertificateConfirmation", $"{problem}");
        rig.Network.Faults.At = null;
        return rig;
    }
}
