using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>What a cell of a table holds.</summary>
internal enum CellKind
{
    /// <summary>Text, or nothing.</summary>
    Text,

    /// <summary>A number as XLSX writes it, invariant. Dates are numbers there.</summary>
    Number,

    /// <summary>A formula. Its value is never looked at.</summary>
    Formula,

    /// <summary>The mark of a formula that failed, such as #REF!.</summary>
    Error,
}

/// <summary>A cell of a table.</summary>
/// <param name="Text">Without white space around it; cut at <see cref="Sheet.MostOfCell"/> + 1 characters.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct SheetCell(string Text, CellKind Kind = CellKind.Text);

/// <summary>A row of a table that has something in it.</summary>
/// <param name="Number">As a spreadsheet program numbers it, from 1, the heading counted; rising. In CSV the line.</param>
/// <param name="Cells">Its cells; null when the row cannot be told from the next for a quotation mark that is not closed.</param>
internal sealed record SheetRow(int Number, IReadOnlyList<SheetCell>? Cells);

/// <summary>Reads the rows of an XLSX or CSV file one after the other, with limits, whatever the file was made to do.</summary>
internal static class Sheet
{
    /// <summary>Most octets of a file: 100 thousand rows take some 15 MB as CSV.</summary>
    public const long MostOctets = 50L << 20;

    /// <summary>Most rows.</summary>
    public const int MostRows = 200_000;

    /// <summary>Most characters of a cell that are read; the columns allow less.</summary>
    public const int MostOfCell = 4000;

    private static ReadOnlySpan<byte> Zip => "PK\x03\x04"u8;

    // Compound File Binary: XLS, and XLSX under a password.
    private static ReadOnlySpan<byte> Compound => [0xD0, 0xCF, 0x11, 0xE0];

    /// <summary>The rows of a file, the heading first.</summary>
    /// <param name="file">Seekable; read from its start.</param>
    /// <exception cref="ProblemException">
    /// RK-3301 to RK-3305, at the call or when a row is taken: the file is broken, of an old kind or too large.
    /// </exception>
    public static IEnumerable<SheetRow> Read(Stream file)
    {
        if (file.Length > MostOctets)
        {
            throw new ProblemException(Problems.TableTooLarge(MostOctets >> 20));
        }

        var start = new byte[4];
        file.Position = 0;
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (start.AsSpan().SequenceEqual(Compound))
        {
            throw new ProblemException(Problems.TableOfOldKind());
        }

        return Guarded(length == start.Length && start.AsSpan().SequenceEqual(Zip) ? XlsxSheet.Rows(file) : CsvSheet.Rows(file));
    }

    // The libraries tell broken files in many ways, and none of them is a fault of this program.
    private static IEnumerable<SheetRow> Guarded(IEnumerable<SheetRow> rows)
    {
        using var all = rows.GetEnumerator();
        for (var count = 0; Next(all); count++)
        {
            if (count > MostRows)
            {
                throw new ProblemException(Problems.TooManyRows(MostRows));
            }

            yield return all.Current;
        }
    }

    private static bool Next(IEnumerator<SheetRow> rows)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (Exception e) when (e is XmlException or InvalidDataException or FileFormatException or OpenXmlPackageException or EndOfStreamException or UriFormatException
            or ArgumentException or FormatException or InvalidOperationException or KeyNotFoundException or NotSupportedException or OverflowException)
        {
            throw new ProblemException(Problems.TableBroken(), e);
        }
    }
}
