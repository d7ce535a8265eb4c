using System.Globalization;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// Every PKCS#11 call of a renewal through a whole institution is disturbed once, in three ways (<see cref="EveryCall"/>). After each: a pair
/// on the token works, the stores are well, and a second run finishes and leaves nothing behind.
/// </summary>
public abstract class EveryCallTests(SharedSite shared, string way)
{
    [Fact]
    public async Task Whatever_call_is_disturbed_nothing_breaks_and_the_next_run_finishes()
    {
        var (calls, broken) = await EveryCall.RunAsync(shared.Site, way, all: false, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls.Count} calls"));
        Found.Nothing(broken);
        Assert.True(calls.Count > 100, "a renewal has more calls than that");
    }
}

/// <summary>The token is pulled out before call N and put back when the agent asks for it.</summary>
public sealed class RemovedAtEveryCallTests(SharedSite shared) : EveryCallTests(shared, "token removed"), IClassFixture<SharedSite>;

/// <summary>Call N is not done and fails.</summary>
public sealed class FailedAtEveryCallTests(SharedSite shared) : EveryCallTests(shared, "token call fails"), IClassFixture<SharedSite>;

/// <summary>Call N is done and its answer is lost; of calls that only look, the test before says the same.</summary>
public sealed class AnswerLostAtEveryCallTests(SharedSite shared) : EveryCallTests(shared, "token answer lost"), IClassFixture<SharedSite>;
