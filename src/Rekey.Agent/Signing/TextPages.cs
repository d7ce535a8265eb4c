using System.Globalization;
using System.Text;

namespace Rekey.Agent.Signing;

/// <summary>A text in pieces that a window can show.</summary>
internal static class TextPages
{
    /// <summary>Octets of a piece: a line to pinentry has 1000, of which heading and escapes take some.</summary>
    private const int Most = 600;

    private const int MostLines = 16;

    /// <summary>Whether everything of a text shows: no control characters but the end of a line, and nothing that hides or turns what follows.</summary>
    public static bool IsPlain(string text) => text.EnumerateRunes().All(r => r.Value == '\n' || Rune.GetUnicodeCategory(r) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned));

    /// <summary>The pieces, in order; all of the text is in them.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var pages = new List<string>();
        var page = new StringBuilder();
        var (octets, lines) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var size = rune.Value is '\n' or '%' ? 3 : rune.Utf8SequenceLength; // as escaped
            if (octets + size > Most || lines == MostLines)
            {
                Turn();
            }

            page.Append(rune);
            octets += size;
            lines += rune.Value == '\n' ? 1 : 0;
        }

        Turn();
        return pages;

        void Turn()
        {
            if (page.Length > 0)
            {
                pages.Add(page.ToString());
            }

            page.Clear();
            (octets, lines) = (0, 0);
        }
    }
}
