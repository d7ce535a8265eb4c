using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Revocation;
using Rekey.Ca.Upstream;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.HandOut;
using Rekey.Kmc.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Kmc;

/// <summary>RA, CA, publisher and key-management centre each on a host of its own, with mutual TLS between them.</summary>
public sealed class SplitHostsPairTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pair_is_renewed_through_all_hosts_and_the_centre_hears_of_its_revocation_when_it_is_back()
    {
        await using var running = await RunningInstitution.StartAsync(p => p with { Topology = Topology.Split, EncryptionKeys = AlgorithmSuite.P256 });
        using var transport = RSA.Create(2048);
        var pair = await SoftwarePair.EnrolAsync(running, "YZ8101", transport);
        using var http = new HttpClient();

        var renewed = await pair.Renewal.RunAsync(http, pair.Address, Cancel);

        using var key = SoftwareSigningKey.FromPkcs8(WrappedKey.FromDer(pair.Renewal.EncryptionHalf!.Key!.Der).Open(transport));
        var spki = Pki.Certificates.Certificate.FromDer(pair.Renewal.EncryptionHalf.Der).Spki.ToArray();
        Assert.Equal(spki, key.PublicKey.Spki.ToArray());
        await HeardAsync(running, spki, OrderState.Confirmed, KeyState.InUse);

        // A hold can be lifted, and is no revocation.
        var status = running.Services.GetRequiredService<ChangeStatus>();
        await status.RunAsync(new(SHA256.HashData(renewed.Der), StatusAction.Hold, "test"), Cancel);
        await running.Services.GetRequiredService<TellKmc>().RunAsync(Cancel);
        await HeardAsync(running, spki, OrderState.Confirmed, KeyState.InUse);
        await status.RunAsync(new(SHA256.HashData(renewed.Der), StatusAction.Resume, "test"), Cancel);

        // The centre is away when the pair is revoked, and hears it when it is back. Only the signing half is named.
        await running.StopKmcAsync();
        await status.RunAsync(new(SHA256.HashData(renewed.Der), StatusAction.Revoke, "test") { Reason = RevocationReason.KeyCompromise, Scope = StatusScope.Descendants }, Cancel);
        Assert.Equal(0, await running.Services.GetRequiredService<TellKmc>().RunAsync(Cancel));
        await running.StartKmcAsync();
        await HeardAsync(running, spki, OrderState.Revoked, KeyState.History);

        var view = StoreView.Of(running.Services, running.Publisher, running.Institution.Plan.Time, pair.Since);
        Found.Nothing(await StoreInvariants.BrokenAsync(view with { Kmc = running.Kmc.GetRequiredService<IDbContextFactory<KmcDbContext>>() }, "YZ8101"));
    }

    // Told now, unless the job was quicker; the job may be at it in this moment.
    private static async Task HeardAsync(RunningInstitution running, byte[] spki, OrderState order, KeyState key)
    {
        for (var look = 0; ; look++)
        {
            await running.Services.GetRequiredService<TellKmc>().RunAsync(Cancel);
            await using var db = await running.Kmc.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(Cancel);
            var found = await db.Orders.Where(o => o.Key.Spki == spki).Select(o => new { o.State, Key = o.Key.State, o.Key.Sealed }).SingleAsync(Cancel);
            if ((found.State == order && found.Key == key) || look == 100)
            {
                Assert.Equal((order, key), (found.State, found.Key));
                Assert.NotNull(found.Sealed);
                return;
            }

            await Task.Delay(100, Cancel);
        }
    }
}

/// <summary>A holder with a pair whose keys are in this process, about to renew it.</summary>
/// <param name="Renewal">The renewal.</param>
/// <param name="Address">Where it is sent to.</param>
/// <param name="Since">When the holder's certificates were arranged.</param>
internal sealed record SoftwarePair(SoftwareRenewal Renewal, Uri Address, DateTimeOffset Since)
{
    /// <summary>Arranges the certificates of a holder.</summary>
    public static async Task<SoftwarePair> EnrolAsync(RunningInstitution running, string id, RSA transport)
    {
        var plan = new TokenPlan("", $"云泽市第{id}分馆", id, 20, AlgorithmSuite.P256);
        var signing = await running.Institution.EnrolSoftwareAsync(running.Services, plan);
        using var old = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var half = await running.Institution.CertifyHalfAsync(running.Services, old.PublicKey.Spki, plan, signing.Der);
        var trust = CmpTrust.FromPem(await File.ReadAllTextAsync(running.Institution.RootFile));
        return new(
            new SoftwareRenewal(trust, signing, encryption: new(AlgorithmSuite.P256, HandOutTests.Public(transport), half)),
            new(running.Portal, "/.well-known/cmp"), running.Institution.Plan.Time.GetUtcNow());
    }
}
