using System.Globalization;
using System.Text;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>
/// What somebody typed into the one box, and all that it can mean. Words with a blank between must all stand in the name; what is made of
/// Latin letters and digits may be a number of some kind as well, and is looked for as each that it has the form of.
/// </summary>
internal sealed class SearchText
{
    private const int MostWords = 5;
    private const int LeastOfPhone = 5;
    private const int LeastOfTokenSerial = 4;
    private const int LeastOfSerial = 6;

    private SearchText(string[] words, string compact) => (Words, Compact) = (words, compact);

    /// <summary>Words of a name, small letters for capitals.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Beginning of an identifier as typed, without blanks; null when it is none.</summary>
    public string? Identifier => IsPlain && Compact.Length >= 2 ? Compact : null;

    /// <summary>Beginning of a credit code.</summary>
    public string? CreditCode => Identifier is { Length: <= Subscribers.CreditCode.Length } && Compact.All(char.IsAsciiLetterOrDigit) ? Compact.ToUpperInvariant() : null;

    /// <summary>Beginning of a certificate's serial number.</summary>
    public string? Serial => IsPlain && Digits(Compact) is { Length: >= LeastOfSerial } hex && hex.All(char.IsAsciiHexDigit) ? hex.ToUpperInvariant() : null;

    /// <summary>Beginning of a token's serial number.</summary>
    public string? TokenSerial => IsPlain && Compact.Length >= LeastOfTokenSerial ? Compact : null;

    /// <summary>Beginning of a telephone number, digits alone.</summary>
    public string? Phone => IsPlain && Digits(Compact) is { Length: >= LeastOfPhone } digits && digits.All(char.IsAsciiDigit) ? digits : null;

    /// <summary>Beginning of a contact's name.</summary>
    public string? Contact => !IsPlain && Words.Count == 1 && Compact.Length <= 20 ? Compact : null;

    private string Compact { get; }

    private bool IsPlain => Compact.All(char.IsAscii);

    /// <summary>Reads what was typed; null when it says nothing.</summary>
    public static SearchText? Read(string? typed)
    {
        var text = (typed ?? "").Trim();
        text = text[..Math.Min(text.Length, 200)];
        // An input method in full-width mode writes ＡＢＣ１２３.
        text = new string([.. text.Select(c => c is >= '！' and <= '～' and not ('（' or '）' or '，') ? (char)(c - 0xFEE0) : c == '\u3000' ? ' ' : c)]);
        text = new string([.. text.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format)]);
        var words = Small(text).Split([' ', '(', ')', '（', '）', '，', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length == 0 ? null : new([.. words.Distinct().Take(MostWords)], string.Concat(text.Where(c => c != ' ')));
    }

    /// <summary>As databases with the plain collation do it: of Latin letters alone.</summary>
    public static string Small(string text) => new([.. text.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c)]);

    /// <summary>The grams of a word that an index of names has: neighbouring characters by two, or its only character.</summary>
    public static IReadOnlyList<string> Grams(string word)
    {
        var runes = word.EnumerateRunes().Select(r => r.ToString()).ToList();
        return runes.Count == 1 ? runes : [.. runes.Zip(runes.Skip(1), (a, b) => a + b).Distinct()];
    }

    /// <summary>The grams of all words for FTS5, see <see cref="SubscriberIndexes"/>.</summary>
    public string Match() => string.Join(" AND ", Words.SelectMany(Grams).Distinct().Select(g =>
        $"\"{Convert.ToHexString(Encoding.UTF8.GetBytes(g))}\"{(g.EnumerateRunes().Count() == 1 ? "*" : "")}"));

    private static string Digits(string text) => string.Concat(text.Where(c => c is not ('-' or '(' or ')' or '/' or '+' or ':')));
}
