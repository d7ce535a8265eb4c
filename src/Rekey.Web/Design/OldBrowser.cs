using System.Globalization;
using System.Text.RegularExpressions;

namespace Rekey.Web.Design;

/// <summary>
/// Tells browsers that are too old to show the pages well. All forms still work there, without script; the visitor is told which
/// browser to use. Only what names itself is judged: an unknown browser is taken for a good one.
/// </summary>
internal static partial class OldBrowser
{
    private const int LeastChromium = 86;
    private const int LeastFirefox = 91;

    public static bool Is(string userAgent) =>
        userAgent.Contains("MSIE ", StringComparison.Ordinal) || userAgent.Contains("Trident/", StringComparison.Ordinal)
        || Below(Chromium().Match(userAgent), LeastChromium)
        || Below(Firefox().Match(userAgent), LeastFirefox);

    private static bool Below(Match match, int least) =>
        match.Success && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) < least;

    [GeneratedRegex(@"Chrom(?:e|ium)/([0-9]{1,4})\.")]
    private static partial Regex Chromium();

    [GeneratedRegex(@"Firefox/([0-9]{1,4})\.")]
    private static partial Regex Firefox();
}
