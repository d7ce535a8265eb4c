using System.Globalization;
using Rekey.Ca.Revocation;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;

namespace Rekey.Testing.Faults;

/// <summary>What a walk has tried and found.</summary>
/// <param name="Renewals">Renewals begun.</param>
/// <param name="Visits">Visits of the agent.</param>
/// <param name="Calls">PKCS#11 calls.</param>
/// <param name="Messages">Messages between agent and portal.</param>
/// <param name="Tried">Faults, by kind.</param>
/// <param name="Broken">What was broken, with seed and story.</param>
internal sealed record WalkResult(
    int Renewals, int Visits, long Calls, long Messages, IReadOnlyDictionary<string, int> Tried, IReadOnlyList<string> Broken);

/// <summary>Whose keys are disturbed.</summary>
/// <param name="Suite">Suite of the signing keys.</param>
/// <param name="Encryption">Suite of the encryption halves; null: certificates alone.</param>
/// <param name="Skf">Software UKeys behind SKF; else SoftHSM2.</param>
internal sealed record FaultPlan(AlgorithmSuite Suite, AlgorithmSuite? Encryption = null, bool Skf = false)
{
    /// <summary>An institution with such holders.</summary>
    public Task<FaultSite> StartAsync() => FaultSite.StartAsync(Suite, encryption: Encryption, skf: Skf);

    /// <inheritdoc/>
    public override string ToString() => $"{(Skf ? "SKF" : "PKCS#11")}, {Suite}{(Encryption is null ? "" : $" with {Encryption}")}";
}

/// <summary>
/// A seeded random walk over everything that can go wrong: each renewal is visited several times, each visit with its own faults on token,
/// network, servers, agent and calendar, and once more without. A renewal depends on nothing but its seed and its own institution's state,
/// so that <c>--seed S --runs 1</c> does the same again (as far as two processors let two processes do the same).
/// </summary>
internal sealed class FaultWalk(FaultPlan plan, TextWriter? report = null)
{
    /// <summary>A renewal makes about so many calls; a number above only means that this visit is not disturbed.</summary>
    private const int MostCalls = 160;

    private const int MostMessages = 18;
    private const int MostMoments = 60;

    /// <summary>A clock that was moved often belongs to no institution any more.</summary>
    private const int RenewalsPerSite = 20;

    private readonly SortedDictionary<string, int> tried = new(StringComparer.Ordinal);
    private readonly List<string> broken = [];
    private int visits;
    private long calls;
    private long messages;

    /// <summary>Walks.</summary>
    /// <param name="runs">How many renewals.</param>
    /// <param name="seed">Of the first; each further one has the next.</param>
    /// <param name="cancel">Ends it between two visits.</param>
    public async Task<WalkResult> RunAsync(int runs, int seed, CancellationToken cancel)
    {
        for (var done = 0; done < runs;)
        {
            await using var site = await plan.StartAsync();
            for (var here = 0; here < RenewalsPerSite && done < runs; here++, done++)
            {
                cancel.ThrowIfCancellationRequested();
                await RenewAsync(site, seed + done, cancel);
            }

            broken.AddRange((await StoreInvariants.BrokenAsync(site.View())).Select(b => $"seeds up to {seed + done - 1}, the whole institution: {b}"));
        }

        return new(runs, visits, calls, messages, tried, broken);
    }

    private async Task RenewAsync(FaultSite site, int seed, CancellationToken cancel)
    {
        var random = new Random(seed);
        var story = new List<string>();
        int[] days = [30, 30, 1, -100, -300];
        var expires = days[random.Next(days.Length)];
        await using var rig = await HolderRig.EnrolAsync(site, expires);
        try
        {
            var revoked = false;
            for (var left = random.Next(1, 5); left > 0; left--)
            {
                var faults = Arrange(site, rig, random, () => revoked = true);
                var problem = random.Next(8) == 0 ? await KilledAsync(rig, random, faults, cancel) : await rig.RunAsync(cancel);
                visits++;
                story.Add($"[{string.Join("; ", faults)}: {problem?.ToString() ?? "finished"}]");
                messages += rig.Network.Faults.Names.Count;
                await Trial.HealAsync(site, rig);
                Note(await rig.BrokenAsync(finished: problem is null));
                if (problem is null)
                {
                    break; // there is nothing left to disturb
                }
            }

            Note(revoked ? await RefusedAsync(rig, cancel) : await FinishedAsync(site, rig, cancel));
            visits++;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Note([e.ToString()]);
        }

        calls += rig.Key.Calls.Count;
        report?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} ({expires} days) {string.Concat(story)}"));

        void Note(IReadOnlyList<string> found) => broken.AddRange(found.Select(f => $"seed {seed} {string.Concat(story)}: {f}"));
    }

    private List<string> Arrange(FaultSite site, HolderRig rig, Random random, Action revoked)
    {
        var faults = new List<string>();
        rig.Network.Faults.Plan(0, MessageFault.None);
        if (random.Next(3) > 0)
        {
            var call = rig.Key.Calls.Count + random.Next(1, MostCalls);
            string[] plans = [$"remove {call}", $"fail {call} {rig.Key.Failure}", $"lose {call} {rig.Key.Failure}", $"crash {call}"];
            string[] kinds = ["token removed", "token call fails", "token answer lost", "token library crashes"];
            var which = random.Next(plans.Length);
            rig.Key.Plan(plans[which]);
            Tried(kinds[which], $"at call {call}");
        }

        if (random.Next(2) == 0)
        {
            var (at, what) = (random.Next(1, MostMessages), (MessageFault)random.Next(1, 5));
            rig.Network.Faults.Plan(at, what);
            Tried($"agent to portal: {what}", $"at message {at}");
        }

        if (random.Next(4) == 0)
        {
            var (at, what) = (random.Next(1, 3), (MessageFault)random.Next(1, 5));
            site.Upstream.Plan(at, what);
            Tried($"RA to CA: {what}", $"at message {at}");
        }

        if (random.Next(3) == 0)
        {
            var moment = random.Next(1, MostMoments);
            site.Database.Plan(moment);
            Tried("servers die", $"at write {moment}");
        }

        if (random.Next(6) == 0)
        {
            rig.ChangeComputer();
            Tried("another computer", "");
        }

        ArrangeAct(site, rig, random, revoked, Tried);
        return faults;

        void Tried(string kind, string where)
        {
            tried[kind] = tried.GetValueOrDefault(kind) + 1;
            faults.Add($"{kind} {where}".TrimEnd());
        }
    }

    // One act in the middle of the conversation, at most once in a visit.
    private static void ArrangeAct(FaultSite site, HolderRig rig, Random random, Action revoked, Action<string, string> tried)
    {
        var (choice, at) = (random.Next(12), random.Next(5, MostMessages));
        switch (choice)
        {
            case 0:
                tried("revoked", $"before message {at}");
                rig.Network.Faults.At = Once(at, async () =>
                {
                    revoked();
                    await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Revoke);
                });
                break;
            case 1:
                tried("a day passes", $"before message {at}");
                rig.Network.Faults.At = Once(at, () =>
                {
                    site.Time.Pass(TimeSpan.FromDays(1));
                    return Task.CompletedTask;
                });
                break;
            case 2:
                tried("held and resumed", $"before message {at}");
                rig.Network.Faults.At = Once(at, async () =>
                {
                    await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Hold);
                    await site.ChangeStatusAsync(rig.OldCertificate, StatusAction.Resume);
                });
                break;
        }
    }

    private static Func<int, string, bool, Task> Once(int at, Func<Task> act) =>
        (number, _, handled) => number == at && !handled ? act() : Task.CompletedTask;

    private async Task<Problem?> KilledAsync(HolderRig rig, Random random, List<string> faults, CancellationToken cancel)
    {
        var (at, handled) = (random.Next(2, MostMessages), random.Next(2) == 0);
        faults.Add($"agent killed {(handled ? "after" : "before")} message {at}");
        tried["agent killed"] = tried.GetValueOrDefault("agent killed") + 1;
        return await rig.RunKilledAsync(at, handled, cancel);
    }

    private static async Task<IReadOnlyList<string>> FinishedAsync(FaultSite site, HolderRig rig, CancellationToken cancel)
    {
        // A session that was left behind counts as at work for 40 s; another computer has to wait.
        site.Time.Pass(TimeSpan.FromMinutes(1));
        return await Trial.FinishAsync(rig, cancel);
    }

    private static async Task<IReadOnlyList<string>> RefusedAsync(HolderRig rig, CancellationToken cancel)
    {
        var problem = await rig.RunAsync(cancel);
        var broken = await rig.BrokenAsync(finished: false);
        int[] right = [Problems.CertificateRevoked(default).Number, Problems.RenewalEnded().Number, Problems.CertificateGone().Number];
        return problem is not null && right.Contains(problem.Number) ? broken : [$"after a revocation the last run ended with {problem?.ToString() ?? "success"}", .. broken];
    }
}
