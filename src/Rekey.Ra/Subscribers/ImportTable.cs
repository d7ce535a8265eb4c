using Microsoft.VisualBasic.FileIO;

namespace Rekey.Ra.Subscribers;

/// <summary>What is wrong with a row of an import; the whole import is refused while there is one.</summary>
/// <param name="Row">Line number in a table, from 1 and with the heading counted; or the name of a file.</param>
/// <param name="Reason">What is wrong and how to mend it, in English.</param>
public sealed record ImportError(string Row, string Reason);

/// <summary>What an import did.</summary>
/// <param name="Added">Rows added.</param>
/// <param name="Unchanged">Rows that were there already, exactly so.</param>
/// <param name="Errors">What kept the import from being done; when there is any, nothing was added.</param>
public sealed record ImportResult(int Added, int Unchanged, IReadOnlyList<ImportError> Errors);

/// <summary>A CSV table with a heading (RFC 4180), read whole, by column name.</summary>
internal sealed class ImportTable
{
    private readonly List<ImportRow> rows = [];
    private readonly List<ImportError> errors = [];

    /// <summary>Rows that have as many fields as the heading.</summary>
    public IReadOnlyList<ImportRow> Rows => rows;

    /// <summary>Lines that are none.</summary>
    public IReadOnlyList<ImportError> Errors => errors;

    /// <summary>Reads a table.</summary>
    /// <param name="text">CSV; the first line names the columns.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="optional">Columns that may be there; any other is an error, so that a misspelt one is not silently ignored.</param>
    public static ImportTable Read(TextReader text, IReadOnlyCollection<string> required, IReadOnlyCollection<string> optional)
    {
        var table = new ImportTable();
        using var parser = new TextFieldParser(text) { TextFieldType = FieldType.Delimited, TrimWhiteSpace = true };
        parser.SetDelimiters(",");
        var heading = parser.EndOfData ? [] : parser.ReadFields() ?? [];
        table.errors.AddRange(required.Except(heading).Select(c => new ImportError("1", $"the column {c} is missing")));
        table.errors.AddRange(heading.Except(required).Except(optional).Select(c => new ImportError("1", $"the column {c} is unknown; there are {string.Join(", ", required.Concat(optional))}")));
        while (table.errors.Count == 0 && !parser.EndOfData)
        {
            table.ReadRow(parser, heading);
        }

        return table;
    }

    private void ReadRow(TextFieldParser parser, string[] heading)
    {
        var line = parser.LineNumber.ToString(System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            var fields = parser.ReadFields() ?? [];
            if (fields.Length != heading.Length)
            {
                errors.Add(new(line, $"has {fields.Length} fields, the heading {heading.Length}"));
                return;
            }

            rows.Add(new(line, heading.Zip(fields).Where(f => f.Second.Length > 0).ToDictionary(f => f.First, f => f.Second)));
        }
        catch (MalformedLineException)
        {
            errors.Add(new(line, "has a quotation mark that is not closed"));
        }
    }
}

/// <summary>A row of an <see cref="ImportTable"/>.</summary>
/// <param name="Line">Where it stands.</param>
/// <param name="Fields">Its fields that are not empty, by column.</param>
internal sealed record ImportRow(string Line, IReadOnlyDictionary<string, string> Fields)
{
    public string? Find(string column) => Fields.GetValueOrDefault(column);
}
