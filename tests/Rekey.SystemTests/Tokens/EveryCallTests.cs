using System.Globalization;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// Every PKCS#11 call of a renewal is disturbed once, in three ways. After each: a pair on the token works, and a second run finishes
/// and leaves nothing behind. The number of calls is found by counting, so no call can be forgotten.
/// </summary>
public abstract class EveryCallTests(RenewalTemplate template)
{
    /// <summary>Line of the plan for call N.</summary>
    protected abstract string Plan(int number);

    [Fact]
    public async Task Whatever_call_is_disturbed_nothing_breaks_and_the_next_run_finishes()
    {
        var cancel = TestContext.Current.CancellationToken;
        var broken = new List<string>();
        var (tried, reached) = (0, true);
        for (var call = 1; reached; call++)
        {
            await using var rig = await RenewalRig.CopyAsync(template);
            rig.Library.Plan(Plan(call));
            var problem = await rig.RunAsync(cancel);
            reached = rig.Library.Calls.Count >= call;
            var name = reached ? rig.Library.Calls[call - 1] : "-";
            rig.Library.Heal();

            Note(call, name, "after the fault", rig.Broken(finished: problem is null));
            if (problem is not null)
            {
                var second = await rig.RunAsync(cancel);
                if (second is not null)
                {
                    broken.Add($"{Plan(call)} {name}: the second run ended with {second}");
                }

                Note(call, name, "after the second run", rig.Broken(finished: true));
            }

            if (rig.Cmp.Issued.Count != 1)
            {
                broken.Add($"{Plan(call)} {name}: {rig.Cmp.Issued.Count} certificates were issued");
            }

            broken.AddRange(rig.Bridge.Violations.Select(v => $"{Plan(call)} {name}: {v}"));
            tried++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tried} calls"));
        Assert.Empty(broken);
        Assert.True(tried > 100, "a renewal has more calls than that");

        void Note(int call, string name, string when, IReadOnlyList<string> faults) => broken.AddRange(faults.Select(f => $"{Plan(call)} {name}, {when}: {f}"));
    }
}

/// <summary>The token is pulled out before call N and put back when the agent asks for it.</summary>
public sealed class RemovedAtEveryCallTests(RenewalTemplate template) : EveryCallTests(template), IClassFixture<RenewalTemplate>
{
    protected override string Plan(int number) => $"remove {number}";
}

/// <summary>Call N is not done and fails.</summary>
public sealed class FailedAtEveryCallTests(RenewalTemplate template) : EveryCallTests(template), IClassFixture<RenewalTemplate>
{
    protected override string Plan(int number) => $"fail {number} {FaultyLibrary.FunctionFailed}";
}

/// <summary>Call N is done and its answer is lost.</summary>
public sealed class AnswerLostAtEveryCallTests(RenewalTemplate template) : EveryCallTests(template), IClassFixture<RenewalTemplate>
{
    protected override string Plan(int number) => $"lose {number} {FaultyLibrary.FunctionFailed}";
}
