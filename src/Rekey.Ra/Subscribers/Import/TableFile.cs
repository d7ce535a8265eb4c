using System.Text;
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

/// <summary>Writes a table row by row, so that no number of rows fills the memory.</summary>
public static class TableFile
{
    /// <summary>Writes a table. No cell becomes a formula, whatever stands in it.</summary>
    /// <param name="output">Where to; need not be seekable, stays open.</param>
    /// <param name="format">As what.</param>
    /// <param name="heading">Its heading.</param>
    /// <param name="rows">Its rows, as many cells each.</param>
    /// <param name="cancel">Cancels.</param>
    public static Task WriteAsync(Stream output, TableFormat format, string[] heading, IAsyncEnumerable<string[]> rows, CancellationToken cancel) =>
        format == TableFormat.Xlsx ? XlsxAsync(output, heading, rows, cancel) : CsvAsync(output, heading, rows, cancel);

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
