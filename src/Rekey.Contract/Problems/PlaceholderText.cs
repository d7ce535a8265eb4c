using System.Globalization;
using System.Text.RegularExpressions;

namespace Rekey.Contract.Problems;

/// <summary>
/// Fills <c>{0}</c>, <c>{0:date}</c> and <c>{0:time}</c> in a text. Arguments are culture-free strings, so that a problem can cross a
/// wire and still be shown in the reader's language; an argument that is missing leaves an ellipsis, never an exception in an error page.
/// </summary>
public static partial class PlaceholderText
{
    /// <summary>The text with its placeholders filled.</summary>
    public static string Fill(string template, IReadOnlyList<string> arguments, CultureInfo culture) =>
        Placeholder().Replace(template, m =>
        {
            var index = int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return index < arguments.Count ? Format(arguments[index], m.Groups[2].Value, culture) : "…";
        });

    /// <summary>A date as people of the culture write it in a sentence: 2026年12月26日, 26 December 2026.</summary>
    public static string Date(DateOnly date, CultureInfo culture) =>
        date.ToString(culture.TwoLetterISOLanguageName == "zh" ? "yyyy'年'M'月'd'日'" : "d MMMM yyyy", culture);

    [GeneratedRegex(@"\{(\d)(?::(date|time))?\}")]
    internal static partial Regex Placeholder();

    private static string Format(string argument, string format, CultureInfo culture) => format switch
    {
        "date" when DateOnly.TryParse(argument, CultureInfo.InvariantCulture, out var date) => Date(date, culture),
        "time" when DateTimeOffset.TryParse(argument, CultureInfo.InvariantCulture, out var time) => time.ToString("HH:mm", culture),
        _ => argument,
    };
}
