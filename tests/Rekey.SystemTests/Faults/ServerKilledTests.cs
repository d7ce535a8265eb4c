using System.Globalization;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>
/// <c>kill -9</c> of the real server with CA, RA and publisher after every step of a renewal, before the two messages that count, and
/// while these are handled. It is started again on the same stores while the agent still tries.
/// </summary>
public sealed class ServerKilledTests(ServerKilledTests.ProcessSite shared) : IClassFixture<ServerKilledTests.ProcessSite>
{
    private const string Kur = "cmp KeyUpdateRequest";
    private const string CertConf = "cmp CertificateConfirmation";

    private readonly FaultSite site = shared.Site;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The message that ends each step of a renewal. A server that starts anew costs seconds; every single write is <see cref="ServerDiesTests"/>' part.</summary>
    [Fact]
    public async Task After_every_step_nothing_breaks_and_the_renewal_finishes()
    {
        string[] steps = ["/agent/v1/attach", "event PreflightEvent", "event KeyReady", Kur, "event Verified", CertConf, "event Retired"];
        var broken = new List<string>();
        foreach (var step in steps)
        {
            broken.AddRange(await RunAsync($"killed after {step}", Killed(step, handled: true)));
        }

        // Killed before a message arrives, a server has done what it had done after the one before; so this once is for the two that count.
        foreach (var name in (string[])[Kur, CertConf])
        {
            broken.AddRange(await RunAsync($"killed before {name}", Killed(name, handled: false)));
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
        foreach (var milliseconds in (int[])[8])
        {
            broken.AddRange(await RunAsync(string.Create(CultureInfo.InvariantCulture, $"killed {milliseconds} ms into {message}"), rig =>
            {
                var killed = 0;
                rig.Network.Faults.At = (number, name, done) =>
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

    [Fact]
    public async Task An_unplug_and_a_kill_in_one_run_break_nothing() => Found.Nothing(await RunAsync("removed at call 120, killed at the confirmation", rig =>
    {
        rig.Key.Plan("remove 120");
        Killed(CertConf, handled: true)(rig);
    }));

    private Action<HolderRig> Killed(string message, bool handled) => rig =>
    {
        var killed = 0;
        rig.Network.Faults.At = (_, name, done) => name == message && done == handled && Interlocked.Exchange(ref killed, 1) == 0 ? KillAsync() : Task.CompletedTask;
    };

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
