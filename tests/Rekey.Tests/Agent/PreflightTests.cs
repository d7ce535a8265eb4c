using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Tokens;

namespace Rekey.Tests.Agent;

public sealed class PreflightTests
{
    private static readonly TokenInfo Well = new(
        new("pkcs11", "Maker", "Model", "8F21"), "Label", PinTries.Plenty, null, false, false, true, 60_000, [AlgorithmSuite.P256], [AlgorithmSuite.P256]);

    public static TheoryData<string, TokenInfo, PreflightKind, PreflightOutcome, int?> Rows => new()
    {
        { "room", Well, PreflightKind.Room, PreflightOutcome.Ok, null },
        { "no room", Well with { FreeBytes = 4000 }, PreflightKind.Room, PreflightOutcome.Failed, 1020 },
        { "room unknown", Well with { FreeBytes = null }, PreflightKind.Room, PreflightOutcome.Unknown, null },
        { "driver", Well, PreflightKind.Driver, PreflightOutcome.Ok, null },
        { "write-protected", Well with { WriteProtected = true }, PreflightKind.Driver, PreflightOutcome.Failed, 1021 },
        { "another kind of key", Well with { Generates = [AlgorithmSuite.Rsa2048] }, PreflightKind.Driver, PreflightOutcome.Failed, 1022 },
        { "tries", Well, PreflightKind.PinTries, PreflightOutcome.Ok, null },
        { "tries low", Well with { Tries = PinTries.Low }, PreflightKind.PinTries, PreflightOutcome.Warning, 1016 },
        { "last try", Well with { Tries = PinTries.Last }, PreflightKind.PinTries, PreflightOutcome.Warning, 1012 },
        { "locked", Well with { Tries = PinTries.Locked }, PreflightKind.PinTries, PreflightOutcome.Failed, 1013 },
    };

    [Theory]
    [InlineData("P-256", PreflightOutcome.Ok, null)]
    [InlineData("SM2", PreflightOutcome.Failed, 1023)]
    public void A_token_must_take_the_encryption_key_of_a_pair(string kind, PreflightOutcome outcome, int? problem)
    {
        var check = Preflight.OnToken(Well, new("", "P-256", kind)).Single(c => c.Kind == PreflightKind.Driver);

        Assert.Equal(outcome, check.Outcome);
        Assert.Equal(problem, check.Problem?.Number);
    }

    [Theory]
    [InlineData("SM2", "SM2", PreflightOutcome.Ok)]
    [InlineData("RSA-2048", "RSA-2048", PreflightOutcome.Ok)]
    [InlineData("RSA-2048", "SM2", PreflightOutcome.Failed)]
    [InlineData("SM2", "RSA-2048", PreflightOutcome.Failed)]
    public void Halves_that_share_a_container_are_of_one_kind(string signing, string encryption, PreflightOutcome outcome)
    {
        AlgorithmSuite[] both = [AlgorithmSuite.Sm2, AlgorithmSuite.Rsa2048];
        var skf = Well with { Generates = both, Imports = both, PairsAreOfOneKind = true };

        var check = Preflight.OnToken(skf, new("", signing, encryption)).Single(c => c.Kind == PreflightKind.Driver);

        Assert.Equal((outcome, outcome == PreflightOutcome.Failed ? 1023 : null), (check.Outcome, check.Problem?.Number));
    }

    [Fact]
    public void A_pair_needs_the_room_of_two()
    {
        var tight = Well with { FreeBytes = 20_000 };

        Assert.Equal(PreflightOutcome.Ok, Preflight.OnToken(tight, new("", "P-256")).Single(c => c.Kind == PreflightKind.Room).Outcome);
        Assert.Equal(PreflightOutcome.Failed, Preflight.OnToken(tight, new("", "P-256", "P-256")).Single(c => c.Kind == PreflightKind.Room).Outcome);
    }

    [Fact]
    public void A_download_needs_the_room_of_what_it_brings_alone()
    {
        var blank = new TokenName("pkcs11", "Maker", "Model", "1");
        var tight = Well with { FreeBytes = 10_000 };

        Assert.Equal(PreflightOutcome.Ok, Preflight.ForDownload(tight, new(blank, "P-256")).Single(c => c.Kind == PreflightKind.Room).Outcome);
        Assert.Equal(PreflightOutcome.Failed, Preflight.ForDownload(tight, new(blank, "P-256", "P-256")).Single(c => c.Kind == PreflightKind.Room).Outcome);
    }

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public void A_token_is_judged_by_what_it_tells(string what, TokenInfo info, PreflightKind kind, PreflightOutcome outcome, int? problem)
    {
        var check = Preflight.OnToken(info, new("", "P-256")).Single(c => c.Kind == kind);

        Assert.True(outcome == check.Outcome, what);
        Assert.Equal(problem, check.Problem?.Number);
    }
}
