using System.Text;

namespace Rekey.Contract.Download;

/// <summary>
/// 32 characters that people read and type without mistaking one for another, and a check character over them: a polynomial over GF(2⁵),
/// which finds every single wrong character and every exchange of two that stand beside or one apart of each other.
/// </summary>
internal static class CodeAlphabet
{
    public const string Characters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    private const int Size = 32;
    private const int Polynomial = 0b10_0101; // x⁵ + x² + 1, primitive

    /// <summary>What was typed, without what does not matter.</summary>
    public static string Normalise(string? typed) =>
        new([.. (typed ?? "").Normalize(NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c) && !IsHyphen(c)).Select(char.ToUpperInvariant)]);

    /// <summary>The check character behind these.</summary>
    public static int CheckOf(ReadOnlySpan<int> digits) => TimesX(Sum(digits));

    /// <summary>Whether the last one is the check character of those before.</summary>
    public static bool IsChecked(ReadOnlySpan<int> digits) => Sum(digits) == 0;

    private static int Sum(ReadOnlySpan<int> digits)
    {
        var sum = 0;
        foreach (var digit in digits)
        {
            sum = TimesX(sum) ^ digit;
        }

        return sum;
    }

    private static int TimesX(int element) => (element << 1) >= Size ? (element << 1) ^ Polynomial : element << 1;

    // Which of the many hyphens a letter was printed or copied with does not matter.
    private static bool IsHyphen(char c) => char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.DashPunctuation || c is '\u2212' or '\u00ad';
}
