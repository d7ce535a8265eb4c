using System.Globalization;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>
/// <c>kill -9</c> of the real server with CA, RA and publisher at every message of a renewal: before it, after it was handled, and at
/// moments in between. It is started again on the same stores while the agent still tries.
/// </summary>
public sealed class ServerKilledTests(ServerKilledTests.ProcessSite shared) : IClassFixture<ServerKilledTests.ProcessSite>
{
    private const string Kur = "cmp KeyUpdateRequest";
    private const string CertConf = "cmp CertificateConfirmation";

    private readonly FaultSite site = shared.Site;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task At_every_message_nothing_breaks_and_the_renewal_finishes(bool handled)
    {
        IReadOnlyList<string> messages;
        await using (var rig = await HolderRig.EnrolAsync(site))
        {
            Assert.Null(await rig.RunAsync(Cancel));
            messages = rig.Network.Faults.Names;
        }

        var broken = new List<string>();
        for (var number = 1; number <= messages.Count; number++)
        {
            var at = number;
            broken.AddRange(await RunAsync($"killed {(handled ? "after" : "before")} {number} {messages[number - 1]}", rig =>
            {
                rig.Network.Faults.At = (n, _, done) => n == at && done == handled ? KillAsync() : Task.CompletedTask;
            }));
        }

        Found.Nothing(broken);
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }

    [Theory]
    [InlineData(Kur)]
    [InlineData(CertConf)]
    public async Task While_a_message_is_handled_nothing_breaks_and_the_renewal_finishes(string message)
    {
        var broken = new List<string>();
        foreach (var milliseconds in (int[])[2, 5, 10, 20])
        {
            broken.AddRange(await RunAsync(string.Create(CultureInfo.InvariantCulture, $"killed {milliseconds} ms into {message}"), rig =>
            {
                var killed = 0;
                rig.Network.Faults.At = (index, name, done) =>
                {
                    if (name == message && !done && Interlocked.Exchange(ref killed, 1) == 0)
                    {
                        _ = Task.Delay(milliseconds).ContinueWith(t => site.Kill(), TaskScheduler.Default);
                    }

                    return Task.CompletedTask;
                };
            }));
        }

        Found.Nothing(broken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_unplug_and_a_kill_in_one_run_break_nothing(bool handled)
    {
        var broken = new List<string>();
        foreach (var call in (int[])[60, 90, 120])
        {
            broken.AddRange(await RunAsync(string.Create(CultureInfo.InvariantCulture, $"removed at call {call}, killed at the confirmation"), rig =>
            {
                var killed = 0;
                rig.Library.Plan($"remove {call}");
                rig.Network.Faults.At = (index, name, done) => name == CertConf && done == handled && Interlocked.Exchange(ref killed, 1) == 0 ? KillAsync() : Task.CompletedTask;
            }));
        }

        Found.Nothing(broken);
    }

    private Task KillAsync()
    {
        site.Kill();
        throw new MessageLostException();
    }

    private Task<IReadOnlyList<string>> RunAsync(string name, Action<HolderRig> arrange) => Trial.RunAsync(site, name, async rig =>
    {
        rig.GiveUp = TimeSpan.FromSeconds(40);
        arrange(rig);
        return await rig.RunAsync(Cancel);
    }, Cancel);

    /// <summary>An institution that a process of its own serves.</summary>
    public sealed class ProcessSite : IAsyncLifetime
    {
        internal FaultSite Site { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Site = await FaultSite.StartAsync(asProcess: true);

        public async ValueTask DisposeAsync() => await Site.DisposeAsync();
    }
}
