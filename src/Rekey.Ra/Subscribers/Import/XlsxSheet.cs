using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>
/// The first sheet of an XLSX file (ECMA-376). The Open XML SDK finds the parts; rows are read from the stream one by one, because
/// the SDK's own reader takes a text of any length into memory. Nothing outside the file is followed, no document type is read.
/// </summary>
internal static class XlsxSheet
{
    private const int MostParts = 1000;

    private const long MostUnpacked = 256L << 20;

    // Spreadsheets pack some ten to twenty times; what packs a thousand times was made to.
    private const int MostRatio = 200;

    private const long SmallPart = 4L << 20;

    private const int MostColumns = 256;

    private static readonly XmlReaderSettings Xml = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true };

    /// <summary>The rows of a file.</summary>
    /// <exception cref="ProblemException">RK-3305: it unpacks to too much.</exception>
    public static IEnumerable<SheetRow> Rows(Stream file)
    {
        RequireHarmless(file);
        using var document = SpreadsheetDocument.Open(file, isEditable: false, new OpenSettings { AutoSave = false });
        var book = document.WorkbookPart ?? throw new InvalidDataException("no workbook");
        var first = book.Workbook?.Sheets?.Elements<DocumentFormat.OpenXml.Spreadsheet.Sheet>().FirstOrDefault()?.Id?.Value ?? throw new InvalidDataException("no sheet");
        var from1904 = book.Workbook?.WorkbookProperties?.Date1904?.Value == true;
        var strings = Strings(book);
        using var xml = XmlReader.Create(book.GetPartById(first).GetStream(FileMode.Open, FileAccess.Read), Xml);
        var (number, width) = (0, 0);
        while (xml.Read())
        {
            if (xml is not { NodeType: XmlNodeType.Element, LocalName: "row" })
            {
                continue;
            }

            var named = xml.GetAttribute("r") is { } r ? int.Parse(r, CultureInfo.InvariantCulture) : number + 1;
            number = named > number ? named : throw new InvalidDataException("rows out of order");
            var cells = Cells(xml, strings, from1904);
            if (cells.Any(c => c.Text.Length > 0 || c.Kind != CellKind.Text))
            {
                width = width == 0 ? cells.Count : width; // of the heading; empty cells at the end of a row are left out
                cells.AddRange(Enumerable.Repeat(new SheetCell(""), Math.Max(0, width - cells.Count)));
                yield return new(number, cells);
            }
        }
    }

    // Declared sizes are true: the archive's reader stops there.
    private static void RequireHarmless(Stream file)
    {
        using (var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true))
        {
            if (archive.Entries.Count > MostParts || archive.Entries.Sum(e => e.Length) > MostUnpacked
                || archive.Entries.Any(e => e.Length > SmallPart && e.Length / MostRatio > e.CompressedLength))
            {
                throw new ProblemException(Problems.TableUnpacksTooFar(MostUnpacked >> 20));
            }
        }

        file.Position = 0;
    }

    private static List<string> Strings(WorkbookPart book)
    {
        var strings = new List<string>();
        if (book.SharedStringTablePart is not { } part)
        {
            return strings;
        }

        using var xml = XmlReader.Create(part.GetStream(FileMode.Open, FileAccess.Read), Xml);
        while (xml.Read())
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "si" })
            {
                var text = new StringBuilder();
                Inside(xml, element => Append(xml, element, text));
                strings.Add(text.ToString().Trim());
            }
        }

        return strings;
    }

    private static List<SheetCell> Cells(XmlReader xml, List<string> strings, bool from1904)
    {
        var cells = new List<SheetCell>();
        Inside(xml, element =>
        {
            if (element == "c")
            {
                var column = Column(xml.GetAttribute("r"), cells.Count);
                cells.AddRange(Enumerable.Repeat(new SheetCell(""), Math.Max(0, column - cells.Count)));
                cells.Add(Cell(xml, strings, from1904));
            }
        });
        while (cells is [.., { Text: "", Kind: CellKind.Text }])
        {
            cells.RemoveAt(cells.Count - 1);
        }

        return cells;
    }

    private static int Column(string? reference, int next)
    {
        if (reference is null)
        {
            return next;
        }

        var column = reference.TakeWhile(char.IsAsciiLetterUpper).Take(4).Aggregate(0, (c, letter) => (c * 26) + letter - 'A' + 1) - 1;
        return column >= next && column < MostColumns ? column : throw new InvalidDataException("cells out of order");
    }

    private static SheetCell Cell(XmlReader xml, List<string> strings, bool from1904)
    {
        var type = xml.GetAttribute("t") ?? "n";
        var (text, formula) = (new StringBuilder(), false);
        Inside(xml, element =>
        {
            formula |= element == "f";
            Append(xml, element, text);
        });
        var value = text.ToString().Trim();
        return formula ? new("", CellKind.Formula)
            : type == "e" ? new(value, CellKind.Error)
            : type == "s" ? new(strings[int.Parse(value, CultureInfo.InvariantCulture)])
            : type == "n" && value.Length > 0 ? new(Number(value, from1904), CellKind.Number)
            : new(value);
    }

    // Days are counted from 1904 in files of old Macintosh programs. Only dates are touched: no other number is welcome in a column.
    private static string Number(string value, bool from1904) =>
        from1904 && int.TryParse(value, CultureInfo.InvariantCulture, out var days) ? (days + 1462).ToString(CultureInfo.InvariantCulture) : value;

    // Text of the elements t and v, not of phonetic runs, cut at one character more than is allowed.
    private static void Append(XmlReader xml, string element, StringBuilder text)
    {
        if (element == "rPh")
        {
            Inside(xml, _ => { });
        }

        if (element is not ("t" or "v") || xml.IsEmptyElement)
        {
            return;
        }

        var (buffer, depth) = (new char[512], xml.Depth);
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
            {
                int length;
                while ((length = xml.ReadValueChunk(buffer, 0, buffer.Length)) > 0)
                {
                    text.Append(buffer, 0, Math.Min(length, Sheet.MostOfCell + 1 - Math.Min(text.Length, Sheet.MostOfCell + 1)));
                }
            }
        }
    }

    // Calls for each element inside the present one, and ends on its end.
    private static void Inside(XmlReader xml, Action<string> element)
    {
        if (xml.IsEmptyElement)
        {
            return;
        }

        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                element(xml.LocalName);
            }
        }
    }
}
