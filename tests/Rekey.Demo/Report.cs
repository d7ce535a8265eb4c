using System.Globalization;
using System.Net;
using System.Text;

namespace Rekey.Demo;

/// <summary>The page that shows what happened: pictures, milliseconds, certificates.</summary>
internal static class Report
{
    /// <summary>Writes <c>index.html</c> into the report's directory.</summary>
    /// <param name="directory">Where the pictures are.</param>
    /// <param name="steps">What was seen.</param>
    /// <param name="timeline">What the server recorded, with milliseconds since the launch of the agent.</param>
    /// <param name="certificates">Old and new certificate, described.</param>
    /// <param name="failure">What went wrong, or null.</param>
    public static async Task WriteAsync(
        string directory, IReadOnlyList<SeenStep> steps, IReadOnlyList<(string Event, double Ms)> timeline, IReadOnlyList<(string Name, string Text)> certificates, string? failure)
    {
        Directory.CreateDirectory(directory);
        var html = new StringBuilder();
        html.Append("<!doctype html><meta charset=\"utf-8\"><title>Rekey demo</title><style>body{font:15px/1.5 sans-serif;margin:2rem auto;max-width:60rem}img{width:100%;border:1px solid #ccc}td,th{padding:.1rem 1rem .1rem 0;text-align:left}td.n{text-align:right}pre{overflow:auto}</style><h1>Rekey: one renewal</h1>");
        if (failure is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>Failed</h2><pre>{Encode(failure)}</pre>");
        }

        html.Append("<h2>Timeline</h2><table><tr><th>event<th>ms");
        foreach (var (name, ms) in timeline)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encode(name)}<td class=n>{ms:0}");
        }

        html.Append("</table>");
        foreach (var (name, text) in certificates)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Encode(name)}</h2><pre>{Encode(text)}</pre>");
        }

        foreach (var step in steps)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Encode(step.Name)} <small>{step.Elapsed.TotalMilliseconds:0} ms</small></h2><img src=\"{step.Screenshot}\" alt=\"\">");
        }

        await File.WriteAllTextAsync(Path.Combine(directory, "index.html"), html.ToString());
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
