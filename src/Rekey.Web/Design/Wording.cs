using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Html;
using Rekey.Contract.Problems;

namespace Rekey.Web.Design;

/// <summary>How texts, dates and numbers are written.</summary>
public static partial class Wording
{
    /// <summary>A text with its <c>{0}</c> filled in.</summary>
    public static string F(string text, params object[] arguments) => string.Format(CultureInfo.CurrentCulture, text, arguments);

    /// <summary>A text whose <c>**words**</c> are bold. Arguments are filled in as text, never as markup.</summary>
    public static IHtmlContent Rich(string text, params object[] arguments)
    {
        var parts = F(text, arguments).Split("**");
        var html = new HtmlContentBuilder();
        for (var i = 0; i < parts.Length; i++)
        {
            html.AppendHtml(i % 2 == 1 ? "<b>" : "").Append(parts[i]).AppendHtml(i % 2 == 1 ? "</b>" : "");
        }

        return html;
    }

    /// <summary>A date in a sentence: 2026年12月26日, 26 December 2026.</summary>
    public static string LongDate(DateOnly date) => PlaceholderText.Date(date, CultureInfo.CurrentCulture);

    /// <summary>A date in a table or chart: 2026-12-26, 26 Dec 2026.</summary>
    public static string ShortDate(DateOnly date) =>
        date.ToString(CultureInfo.CurrentCulture.TwoLetterISOLanguageName == "zh" ? "yyyy-MM-dd" : "d MMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>A serial number in groups of four.</summary>
    public static string Grouped(string hex) => string.Join(' ', hex.Chunk(4).Select(c => new string(c)));

    /// <summary>Six digits in two groups.</summary>
    public static string CheckCode(string digits) => $"{digits[..3]} {digits[3..]}";

    /// <summary>Six digits one by one, for a screen reader.</summary>
    public static string Spelled(string digits) => string.Join(' ', digits.AsEnumerable());

    /// <summary>A telephone number as a link wants it.</summary>
    public static string TelephoneLink(string telephone) => "tel:" + new string([.. telephone.Where(c => char.IsAsciiDigit(c) || c == '+')]);

    /// <summary>A length of time in seconds with one decimal.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.CurrentCulture);

    /// <summary>How <c>lang</c> names the language of names and subjects, which stay Chinese on English pages.</summary>
    public static string? NameLanguage(string name) =>
        CultureInfo.CurrentCulture.TwoLetterISOLanguageName != "zh" && name.Any(c => c is >= '\u4e00' and <= '\u9fff') ? "zh-CN" : null;

    /// <summary>A text with names in it: what of it is Chinese on another page is marked as such, so that it is read out as it is.</summary>
    public static IHtmlContent Named(string text)
    {
        var html = new HtmlContentBuilder();
        if (CultureInfo.CurrentCulture.TwoLetterISOLanguageName == "zh")
        {
            return html.Append(text);
        }

        foreach (var (part, isChinese) in Chinese().Split(text).Select((part, i) => (part, i % 2 == 1)))
        {
            html.AppendHtml(isChinese ? "<span lang=\"zh-CN\">" : "").Append(part).AppendHtml(isChinese ? "</span>" : "");
        }

        return html;
    }

    // From the first ideograph to the last, with the punctuation between; captured, so that the split keeps it.
    [GeneratedRegex(@"([\u4e00-\u9fff](?:[^A-Za-z]*[\u4e00-\u9fff])?)")]
    private static partial Regex Chinese();

    /// <summary>An encoder that leaves Chinese as it is; the default one makes eight octets of each character.</summary>
    public static HtmlEncoder Encoder { get; } = HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All);
}
