using System.Globalization;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Faults;

/// <summary>A short random walk with a new seed each time; <c>./dev faults</c> walks further, and again with a given seed.</summary>
public sealed class FaultWalkTests
{
    private const int Renewals = 8;

    /// <summary>Certificates alone, and pairs on both kinds of tokens.</summary>
    public static TheoryData<string> Plans => [.. All.Keys];

    private static readonly Dictionary<string, FaultPlan> All = new FaultPlan[]
    {
        new(AlgorithmSuite.P256),
        new(AlgorithmSuite.P256, AlgorithmSuite.Rsa2048),
        new(AlgorithmSuite.Sm2, AlgorithmSuite.Sm2, Skf: true),
    }.ToDictionary(p => p.ToString());

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task Any_sequence_of_faults_ends_with_what_a_renewal_brings_and_nothing_else(string plan)
    {
        var seed = Random.Shared.Next(1_000_000_000);
        var result = await new FaultWalk(All[plan], TestOutput.Writer).RunAsync(Renewals, seed, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {seed}: {result.Visits} visits, {result.Calls} calls, {result.Tried.Values.Sum()} faults, {result.Broken.Count} broken"));
        Found.Nothing(result.Broken);
        Assert.True(result.Tried.Values.Sum() >= Renewals, "a walk without faults proves nothing");
    }
}
