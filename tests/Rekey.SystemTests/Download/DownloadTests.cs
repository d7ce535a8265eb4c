using Rekey.Pki.Algorithms;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Download;

/// <summary>A download through a whole institution: codes, agent, blank key, CA, and for a pair the key-management centre.</summary>
public sealed class DownloadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("P-256", null, false)]
    [InlineData("RSA-2048", null, false)]
    [InlineData("P-256", "RSA-2048", false)]
    [InlineData("RSA-2048", "P-256", false)]
    [InlineData("SM2", null, true)]
    [InlineData("SM2", "SM2", true)]
    [InlineData("RSA-2048", "RSA-2048", true)]
    public async Task What_was_authorised_comes_to_a_blank_key_and_uses_the_codes_up(string signing, string? encryption, bool skf)
    {
        Assert.True(AlgorithmSuite.TryParse(signing, out var suite));
        var half = encryption is not null && AlgorithmSuite.TryParse(encryption, out var kind) ? kind : null;
        await using var site = await FaultSite.StartAsync(suite, encryption: half, skf: skf);
        await using var rig = await HolderRig.AuthoriseAsync(site);

        Assert.Null(await rig.RunAsync(Cancel));

        Found.Nothing(await rig.BrokenAsync(finished: true));
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
        Assert.True(await rig.IsSpentAsync());

        rig.ChangeComputer();
        Assert.NotNull(await rig.RunAsync(Cancel));
        Found.Nothing(await rig.BrokenAsync(finished: true));
    }
}
