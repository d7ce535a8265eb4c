using System.Globalization;

namespace Rekey.Bench;

/// <summary>Values of blocks that alternated, so that what else the machine does hits both sides alike.</summary>
internal static class Blocks
{
    /// <summary>The median.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Tenth to ninetieth percentile.</summary>
    public static string Spread(IEnumerable<double> values, string format = "0.00")
    {
        var sorted = values.Order().ToArray();
        string At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))].ToString(format, CultureInfo.InvariantCulture);
        return sorted.Length == 0 ? "–" : $"{At(0.1)}–{At(0.9)} (n={sorted.Length})";
    }

    /// <summary>Runs several kinds of block in turn, one round unmeasured first.</summary>
    /// <param name="rounds">Measured rounds.</param>
    /// <param name="kinds">Each returns its block's value.</param>
    /// <returns>Per kind, the values in the order of the rounds.</returns>
    public static double[][] Alternate(int rounds, params Func<double>[] kinds)
    {
        var values = kinds.Select(_ => new double[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                var value = kinds[kind]();
                if (round >= 0)
                {
                    values[kind][round] = value;
                }
            }
        }

        return values;
    }

    /// <summary>As <see cref="Alternate"/>, for blocks that wait.</summary>
    public static async Task<double[][]> AlternateAsync(int rounds, params Func<Task<double>>[] kinds)
    {
        var values = kinds.Select(_ => new double[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var kind = 0; kind < kinds.Length; kind++)
            {
                var value = await kinds[kind]();
                if (round >= 0)
                {
                    values[kind][round] = value;
                }
            }
        }

        return values;
    }

    /// <summary>Quotients round by round.</summary>
    public static double[] Ratios(double[] over, double[] under) => over.Zip(under, (a, b) => a / b).ToArray();
}
