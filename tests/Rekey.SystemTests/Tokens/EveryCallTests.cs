using System.Globalization;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// Every PKCS#11 call of a renewal through a whole institution is disturbed once, in three ways. After each: a pair on the token works, the
/// stores are well, and a second run finishes and leaves nothing behind. The number of calls is found by counting, so no call can be
/// forgotten.
/// </summary>
public abstract class EveryCallTests(SharedSite shared)
{
    /// <summary>Line of the plan for call N.</summary>
    protected abstract string Plan(int number);

    [Fact]
    public async Task Whatever_call_is_disturbed_nothing_breaks_and_the_next_run_finishes()
    {
        var cancel = TestContext.Current.CancellationToken;
        var calls = await CountAsync(cancel);
        Assert.True(calls.Count > 100, "a renewal has more calls than that");

        var broken = await shared.RunAllAsync(Enumerable.Range(1, calls.Count), (call, c) => Trial.RunAsync(
            shared.Site, $"{Plan(call)} {calls[call - 1]}", rig =>
            {
                rig.Library.Plan(Plan(call));
                return rig.RunAsync(c);
            }, c), cancel);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls"));
        Assert.Empty(broken);
    }

    private async Task<IReadOnlyList<string>> CountAsync(CancellationToken cancel)
    {
        await using var rig = await HolderRig.EnrolAsync(shared.Site);
        Assert.Null(await rig.RunAsync(cancel));
        Assert.Empty(await rig.BrokenAsync(finished: true));
        return rig.Library.Calls;
    }
}

/// <summary>The token is pulled out before call N and put back when the agent asks for it.</summary>
public sealed class RemovedAtEveryCallTests(SharedSite shared) : EveryCallTests(shared), IClassFixture<SharedSite>
{
    protected override string Plan(int number) => $"remove {number}";
}

/// <summary>Call N is not done and fails.</summary>
public sealed class FailedAtEveryCallTests(SharedSite shared) : EveryCallTests(shared), IClassFixture<SharedSite>
{
    protected override string Plan(int number) => $"fail {number} {FaultyLibrary.FunctionFailed}";
}

/// <summary>Call N is done and its answer is lost.</summary>
public sealed class AnswerLostAtEveryCallTests(SharedSite shared) : EveryCallTests(shared), IClassFixture<SharedSite>
{
    protected override string Plan(int number) => $"lose {number} {FaultyLibrary.FunctionFailed}";
}
