using Rekey.Kmc.EncryptionKeys;
using Rekey.Pki.Algorithms;

namespace Rekey.Kmc.Pool;

/// <summary>How many spare keys are kept, and how fast they are made.</summary>
public sealed record PoolOptions
{
    /// <summary>Most spare keys of a kind: more than a large centre needs in a day.</summary>
    public const int MostSpare = 100_000;

    /// <summary>Spare keys by the name of their kind; kinds without a number are made when they are ordered.</summary>
    public IReadOnlyDictionary<string, int> Spare { get; init; } = new Dictionary<string, int>
    {
        [AlgorithmSuite.Sm2.Name] = 100,
        [AlgorithmSuite.Rsa2048.Name] = 100,
        [AlgorithmSuite.P256.Name] = 100,
    };

    /// <summary>Percent of one processor core that the filling takes at most, 1 to 100; the rest is for those who wait.</summary>
    public int CpuPercent { get; init; } = 25;

    /// <summary>What is wrong, with the name of the setting; null when nothing is.</summary>
    public (string Setting, string What)? Fault() =>
        Spare.Keys.FirstOrDefault(k => KeyMaker.Kinds.All(kind => kind.Name != k)) is { } kind
            ? (kind, $"is not one of {string.Join(", ", KeyMaker.Kinds.Select(k => k.Name))}")
            : Spare.Where(s => s.Value is < 0 or > MostSpare).Select(s => s.Key).FirstOrDefault() is { } number ? (number, $"is from 0 to {MostSpare}")
            : CpuPercent is < 1 or > 100 ? ("cpuPercent", "is from 1 to 100")
            : null;
}
