using Rekey.Pki.Algorithms;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Tokens;

/// <summary>A pair through a whole institution with a key-management centre, on both kinds of tokens: both halves are renewed as one act.</summary>
public sealed class PairRenewalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("P-256", "RSA-2048", false)]
    [InlineData("RSA-2048", "P-256", false)]
    [InlineData("SM2", "SM2", true)]
    public async Task Both_halves_are_renewed_and_the_old_encryption_key_stays(string signing, string encryption, bool skf)
    {
        Assert.True(AlgorithmSuite.TryParse(signing, out var suite) & AlgorithmSuite.TryParse(encryption, out var half));
        await using var site = await FaultSite.StartAsync(suite, encryption: half, skf: skf);
        await using var rig = await HolderRig.EnrolAsync(site);

        Assert.Null(await rig.RunAsync(Cancel));

        Found.Nothing(await rig.BrokenAsync(finished: true));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }
}
