using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>Kinds of file that tables are written as.</summary>
public enum TableFormat
{
    /// <summary>Office Open XML (ECMA-376).</summary>
    Xlsx,

    /// <summary>RFC 4180, UTF-8 with its mark, without which spreadsheet programs take it for something else.</summary>
    Csv,
}

/// <summary>Writes registered subscribers as the table that <see cref="ImportSubscribers"/> reads, row by row, and that table empty.</summary>
public sealed class ExportSubscribers(IDbContextFactory<RaDbContext> contexts)
{
    private const int RowsAtATime = 1000;

    /// <summary>Writes the heading alone, in cells that keep what is typed as text.</summary>
    /// <param name="output">Where to; need not be seekable, stays open.</param>
    /// <param name="format">As what.</param>
    /// <param name="culture">Language of the headings.</param>
    /// <param name="cancel">Cancels.</param>
    public static Task WriteTemplateAsync(Stream output, TableFormat format, CultureInfo culture, CancellationToken cancel) =>
        WriteAsync(output, format, culture, AsyncEnumerable.Empty<string[]>(), cancel);

    /// <summary>Writes all subscribers that are not cancelled, in the order of their registration.</summary>
    /// <param name="output">Where to; need not be seekable, stays open.</param>
    /// <param name="format">As what.</param>
    /// <param name="culture">Language of the headings.</param>
    /// <param name="cancel">Cancels.</param>
    public Task WriteAsync(Stream output, TableFormat format, CultureInfo culture, CancellationToken cancel) =>
        WriteAsync(output, format, culture, RowsAsync(culture, cancel), cancel);

    private async IAsyncEnumerable<string[]> RowsAsync(CultureInfo culture, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var english = culture.TwoLetterISOLanguageName == "en";
        await using var db = await contexts.CreateDbContextAsync(cancel);
        List<Subscriber> some;
        var last = 0L;
        do
        {
            some = await db.Subscribers.AsNoTracking().Where(s => s.Id > last && s.State == SubscriberState.Registered).OrderBy(s => s.Id).Take(RowsAtATime).ToListAsync(cancel);
            foreach (var subscriber in some)
            {
                yield return Row(subscriber, english);
                last = subscriber.Id;
            }
        }
        while (some.Count == RowsAtATime);
    }

    private static string[] Row(Subscriber s, bool english)
    {
        var organisation = s.Kind == SubscriberKind.Organisation;
        return
        [
            s.StableId,
            s.CreditCode ?? "",
            s.DisplayName,
            LookAlikes.Find(s.DisplayName, lettersChecked: false) is null ? "" : english ? "yes" : "是",
            english ? (organisation ? "organisation" : "person") : organisation ? "单位" : "个人",
            s.Subject is { } subject && !subject.AsSpan().SequenceEqual(Subscriber.PlainSubject("CN", s.DisplayName, s.StableId)) ? DistinguishedName.FromDer(subject).ToString() : "",
            s.ContactName ?? "",
            s.ContactPhone ?? "",
            s.ContactEmail ?? "",
            s.IdentityProvedAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        ];
    }

    private static Task WriteAsync(Stream output, TableFormat format, CultureInfo culture, IAsyncEnumerable<string[]> rows, CancellationToken cancel)
    {
        var heading = ImportHeading.All.Select(h => h.In(culture)).ToArray();
        return format == TableFormat.Xlsx ? XlsxAsync(output, heading, rows, cancel) : CsvAsync(output, heading, rows, cancel);
    }

    private static async Task CsvAsync(Stream output, string[] heading, IAsyncEnumerable<string[]> rows, CancellationToken cancel)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(string.Join(',', heading).AsMemory(), cancel);
        await foreach (var row in rows.WithCancellation(cancel))
        {
            await writer.WriteLineAsync(string.Join(',', row.Select(CsvSheet.Escape)).AsMemory(), cancel);
        }
    }

    private static async Task XlsxAsync(Stream output, string[] heading, IAsyncEnumerable<string[]> rows, CancellationToken cancel)
    {
        await using var book = await Spreadsheet.CreateNewAsync(output, cancellationToken: cancel);
        var text = new Style { Format = NumberFormat.Standard(StandardNumberFormat.Text) };
        var (bold, plain) = (book.AddStyle(new Style { Font = new() { Bold = true } }), book.AddStyle(text));
        var sheet = new WorksheetOptions { FrozenRows = 1 };
        for (var column = 1; column <= heading.Length; column++)
        {
            // A credit code that is typed into a cell without this would become a rounded number.
            (sheet.Column(column).Width, sheet.Column(column).DefaultStyle) = (22, text);
        }

        await book.StartWorksheetAsync("Rekey", sheet, cancel);
        await book.AddRowAsync(heading.Select(h => new StyledCell(h, bold)).ToArray(), cancel);
        await foreach (var row in rows.WithCancellation(cancel))
        {
            await book.AddRowAsync(row.Select(c => new StyledCell(c, plain)).ToArray(), cancel);
        }

        await book.FinishAsync(cancel);
    }
}
