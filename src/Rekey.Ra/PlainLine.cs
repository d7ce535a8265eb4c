using System.Globalization;
using System.Text;

namespace Rekey.Ra;

/// <summary>Texts of others that holders and officers read on pages and consoles: one line that shows as it is.</summary>
internal static class PlainLine
{
    /// <summary>Most characters of a relying party's name.</summary>
    public const int MostOfName = 60;

    /// <summary>Most characters of a reason.</summary>
    public const int MostOfReason = 100;

    /// <summary>Whether a text is one: not empty, without blanks around it, without characters that break the line, do not show, or turn the direction of what follows.</summary>
    public static bool Is(string text, int most) =>
        text.Length > 0 && text.Length <= most && text == text.Trim() && text.EnumerateRunes().All(Shows);

    /// <summary>Whether it can also be a name: within a CMP status text a bar or bracket would end it.</summary>
    public static bool IsName(string text) => Is(text, MostOfName) && text.IndexOfAny(['|', '[', ']']) < 0;

    /// <summary>Whether a character shows, as far as its category says.</summary>
    public static bool Shows(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
