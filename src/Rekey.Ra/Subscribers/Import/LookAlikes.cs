using System.Globalization;
using System.Text;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>
/// Finds what makes a name look like another one, after Unicode UTS #39 and the needs of Chinese names: invisible characters, letters
/// of a second script, full-width letters and digits, radicals and compatibility forms of Han characters.
/// </summary>
internal static class LookAlikes
{
    private enum Script
    {
        None,
        Han,
        Latin,
        Other,
        Cyrillic,
        Greek,
    }

    /// <summary>The first thing that is wrong with a name, with the values for its text; null when nothing is.</summary>
    /// <param name="name">The name.</param>
    /// <param name="lettersChecked">Latin letters in a Chinese name were compared with the register: such names exist.</param>
    public static (RowFault Fault, string[] Values)? Find(string name, bool lettersChecked)
    {
        var runes = name.EnumerateRunes().ToList();
        var scripts = runes.Select(ScriptOf).Where(s => s != Script.None).ToHashSet();
        foreach (var rune in runes)
        {
            if (IsInvisible(rune))
            {
                return (RowFault.NameInvisible, [Hex(rune)]);
            }

            if (rune.Value is (>= 0xFF10 and <= 0xFF19) or (>= 0xFF21 and <= 0xFF3A) or (>= 0xFF41 and <= 0xFF5A))
            {
                return (RowFault.NameFullWidth, [rune.ToString(), rune.ToString().Normalize(NormalizationForm.FormKC)]);
            }

            if (IsHanForm(rune))
            {
                return (RowFault.NameLookAlike, [rune.ToString(), Hex(rune), rune.ToString().Normalize(NormalizationForm.FormKC)]);
            }

            // Of Latin and Han the Latin letters are the odd ones; of anything else the letters that are neither.
            var script = ScriptOf(rune);
            if (script is Script.Cyrillic or Script.Greek or Script.Other && scripts.Count > 1)
            {
                return (RowFault.NameMixed, [rune.ToString(), Hex(rune)]);
            }

            if (script == Script.Latin && scripts.Contains(Script.Han) && (!lettersChecked || !rune.IsAscii))
            {
                return rune.IsAscii ? (RowFault.NameLetters, [rune.ToString()]) : (RowFault.NameMixed, [rune.ToString(), Hex(rune)]);
            }
        }

        return null;
    }

    private static bool IsInvisible(Rune rune) =>
        !PlainLine.Shows(rune)
        || rune.Value is 0xFFFD or 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF)
        || (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value is not (' ' or 0x3000));

    // Radicals, strokes and compatibility characters: drawn as the Han characters that they stand for.
    private static bool IsHanForm(Rune rune) => rune.Value is (>= 0x2E80 and <= 0x2FDF) or (>= 0x31C0 and <= 0x31EF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private static Script ScriptOf(Rune rune) => rune.Value switch
    {
        (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= 0xC0 and <= 0x24F and not (0xD7 or 0xF7)) or (>= 0x250 and <= 0x2AF) or (>= 0x1E00 and <= 0x1EFF)
            or (>= 0x2C60 and <= 0x2C7F) or (>= 0xA720 and <= 0xA7FF) => Script.Latin,
        (>= 0x370 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF) => Script.Greek,
        (>= 0x400 and <= 0x52F) or (>= 0x1C80 and <= 0x1C8F) or (>= 0xA640 and <= 0xA69F) => Script.Cyrillic,
        0x3005 or 0x3007 or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0x20000 and <= 0x323AF) => Script.Han,
        _ => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.LetterNumber ? Script.Other : Script.None,
    };

    private static string Hex(Rune rune) => $"U+{rune.Value:X4}";
}
