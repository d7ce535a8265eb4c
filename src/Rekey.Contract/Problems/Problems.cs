using System.Globalization;

namespace Rekey.Contract.Problems;

/// <summary>Every problem there is, by a name that says it. One file per range.</summary>
public static partial class Problems
{
    /// <summary>Anything unmapped. Details are in the log under the incident number, never in the text.</summary>
    public static Problem Internal(string incident) => new(9001, NextStep.Retry, 500, incident);

    /// <summary>Whether a number that came over a wire is one that has texts here.</summary>
    public static bool IsKnown(int number) => ProblemTexts.Has(number);

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
