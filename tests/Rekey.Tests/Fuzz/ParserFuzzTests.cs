using Rekey.Testing.Fuzz;

namespace Rekey.Tests.Fuzz;

/// <summary>
/// Whatever comes from the network, a token, a library's process or a window: its reader answers or refuses in its own way, in time, and
/// nothing else. A new seed each time; <c>./dev fuzz</c> takes longer, and repeats a seed.
/// </summary>
public sealed class ParserFuzzTests
{
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(400);

    public static TheoryData<string> Names() => [.. FuzzTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mutated_input_is_read_or_refused(string name)
    {
        var seed = Random.Shared.Next(1_000_000_000);
        var result = Fuzzer.Run(FuzzTargets.All.Single(t => t.Name == name), Each, seed);
        Assert.True(result.Findings.Count == 0, $"seed {seed}:\n{string.Join('\n', result.Findings)}");
        Assert.True(result.Inputs > 0, "nothing was tried");
    }

    [Fact]
    public void A_good_input_is_not_refused()
    {
        foreach (var target in FuzzTargets.All.Where(t => t.Name is "cmp requests" or "certificates" or "ocsp requests" or "signed messages" or "enveloped messages" or "responses for token tools" || t.Name.StartsWith("bridge", StringComparison.Ordinal)))
        {
            foreach (var seed in target.Seeds)
            {
                target.Read(seed);
            }
        }
    }

    [Fact]
    public void The_fuzzer_sees_a_wrong_exception_and_a_greedy_reader()
    {
        Assert.NotEmpty(Fuzzer.Run(new("wrong", [[1, 2, 3]], _ => throw new InvalidOperationException()), Each, 1).Findings);
        Assert.NotEmpty(Fuzzer.Run(new("greedy", [[1, 2, 3]], _ => _ = new byte[300 * 1024 * 1024]), TimeSpan.FromMilliseconds(1), 1).Findings);
        Assert.Empty(Fuzzer.Run(new("refusing", [[1, 2, 3]], _ => throw new FormatException(), typeof(FormatException)), Each, 1).Findings);
    }
}
