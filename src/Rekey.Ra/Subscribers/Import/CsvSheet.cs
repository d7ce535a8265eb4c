using System.Text;
using Microsoft.VisualBasic.FileIO;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>
/// CSV (RFC 4180), as spreadsheet programs write it: UTF-8 or UTF-16 with their mark, UTF-8 without, else GB 18030, which is what they
/// write on a Chinese Windows. Everything is text.
/// </summary>
internal static class CsvSheet
{
    /// <summary>With these a spreadsheet program takes text for a formula.</summary>
    private const string FormulaStarts = "=+-@\t\r";

    /// <summary>Before such text an apostrophe says that it is text; <see cref="Escape"/> writes it, and reading takes it off.</summary>
    private const char Apostrophe = '\'';

    /// <summary>The rows of a file.</summary>
    /// <exception cref="ArgumentException">Octets that are no text (as <see cref="DecoderFallbackException"/>).</exception>
    public static IEnumerable<SheetRow> Rows(Stream file)
    {
        var reader = new StreamReader(file, EncodingOf(file), detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        return Rows(reader);
    }

    /// <summary>The rows of a text.</summary>
    public static IEnumerable<SheetRow> Rows(TextReader text)
    {
        using var parser = new TextFieldParser(text) { TextFieldType = FieldType.Delimited, TrimWhiteSpace = true };
        parser.SetDelimiters(",");
        while (!parser.EndOfData)
        {
            var line = (int)parser.LineNumber;
            string[]? fields;
            try
            {
                fields = parser.ReadFields();
            }
            catch (MalformedLineException)
            {
                fields = null;
            }

            if (fields is null || fields.Any(f => f.Length > 0))
            {
                yield return new(line, fields?.Select(f => new SheetCell(Text(f))).ToList());
            }
        }
    }

    /// <summary>A field for a file that a spreadsheet program may open: quoted where it must be, never a formula.</summary>
    public static string Escape(string field)
    {
        var harmless = field.Length > 0 && (FormulaStarts.Contains(field[0]) || field[0] == Apostrophe) ? Apostrophe + field : field;
        return harmless.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : harmless;
    }

    private static string Text(string field)
    {
        var text = field.Length > 1 && field[0] == Apostrophe && (FormulaStarts.Contains(field[1]) || field[1] == Apostrophe) ? field[1..] : field;
        return text.Length > Sheet.MostOfCell ? text[..(Sheet.MostOfCell + 1)] : text;
    }

    private static Encoding EncodingOf(Stream file)
    {
        var (start, utf8) = (file.Position, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            using var whole = new StreamReader(file, utf8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
            var buffer = new char[1 << 14];
            while (whole.Read(buffer) > 0)
            {
            }

            return utf8;
        }
        catch (DecoderFallbackException)
        {
            return CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
        }
        finally
        {
            file.Position = start;
        }
    }
}
