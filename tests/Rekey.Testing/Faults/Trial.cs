using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;

namespace Rekey.Testing.Faults;

/// <summary>
/// One renewal or download that is disturbed and then tried again undisturbed: after both everything is looked at, and at the end exactly one new
/// certificate was issued and is all that the token holds.
/// </summary>
internal static class Trial
{
    /// <summary>Runs it with a new holder.</summary>
    /// <param name="site">The institution.</param>
    /// <param name="name">For the report.</param>
    /// <param name="disturb">Arranges the faults and runs the agent; its outcome.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="expiresInDays">Of the holder's certificate.</param>
    /// <returns>Everything that was broken.</returns>
    public static Task<IReadOnlyList<string>> RunAsync(
        FaultSite site, string name, Func<HolderRig, Task<Problem?>> disturb, CancellationToken cancel, int expiresInDays = 30) =>
        RunAsync(site, Errand.Renewal with { MakeAsync = s => HolderRig.EnrolAsync(s, expiresInDays) }, name, disturb, cancel);

    /// <summary>Runs it with a new holder on an errand.</summary>
    /// <param name="site">The institution.</param>
    /// <param name="errand">What the holder wants.</param>
    /// <param name="name">For the report.</param>
    /// <param name="disturb">Arranges the faults and runs the agent; its outcome.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Everything that was broken.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        FaultSite site, Errand errand, string name, Func<HolderRig, Task<Problem?>> disturb, CancellationToken cancel)
    {
        await using var rig = await errand.MakeAsync(site);
        try
        {
            var problem = await disturb(rig);
            await HealAsync(site, rig);
            var broken = new List<string>(await rig.BrokenAsync(finished: problem is null));
            if (broken.Count == 0 && problem is not null)
            {
                broken.AddRange(await FinishAsync(rig, cancel));
            }

            broken.AddRange(await CountAsync(site, rig));
            return [.. broken.Select(b => $"{name} (first run: {problem?.ToString() ?? "finished"}): {b}")];
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return [$"{name}: {e}"];
        }
    }

    /// <summary>The run that must come to its end, and what is broken behind it.</summary>
    public static async Task<IReadOnlyList<string>> FinishAsync(HolderRig rig, CancellationToken cancel)
    {
        var problem = await rig.RunAsync(cancel);
        var broken = await rig.BrokenAsync(finished: true);
        // When all was done but the telling, there is nothing left to renew; that the token is finished is what counts.
        var allDone = rig.Downloads ? await rig.IsSpentAsync() : problem == Problems.CertificateGone();
        return problem is null || (allDone && broken.Count == 0) ? broken : [$"the last run ended with {problem}", .. broken];
    }

    /// <summary>No faults any more; the server runs.</summary>
    public static async Task HealAsync(FaultSite site, HolderRig rig)
    {
        rig.Key.Heal();
        rig.Network.Faults.At = null;
        rig.Network.Faults.Heal();
        site.Upstream.At = null;
        site.Upstream.Heal();
        site.Database.Plan(0);
        await site.AliveAsync();
    }

    private static async Task<IReadOnlyList<string>> CountAsync(FaultSite site, HolderRig rig)
    {
        await using var db = await site.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync();
        var issued = await db.Certificates.CountAsync(c => c.SubscriberId == rig.Holder && (rig.Downloads || c.RenewedFromId != null));
        return issued == (site.Template.EncryptionSpki is null ? 1 : 2) ? [] : [$"{issued} certificates were issued"];
    }
}

/// <summary>What a holder comes for.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Request">How the messages name the request.</param>
/// <param name="MakeAsync">A new holder who wants it.</param>
internal sealed record Errand(string Name, string Request, Func<FaultSite, Task<HolderRig>> MakeAsync)
{
    /// <summary>To renew a certificate.</summary>
    public static Errand Renewal { get; } = new("renewal", "cmp KeyUpdateRequest", site => HolderRig.EnrolAsync(site));

    /// <summary>To download one to a blank key.</summary>
    public static Errand Download { get; } = new("download", "cmp InitializationRequest", HolderRig.AuthoriseAsync);
}
