using Rekey.Ra.Subscribers.Import;

namespace Rekey.Ra.Subscribers;

/// <summary>What is wrong with an item of a takeover; the whole of it is refused while there is one.</summary>
/// <param name="Row">Line number in a list, from 1 and with the heading counted; or the name of a file.</param>
/// <param name="Reason">What is wrong and how to mend it, in English.</param>
public sealed record TakeoverError(string Row, string Reason);

/// <summary>What a takeover did.</summary>
/// <param name="Added">Rows added.</param>
/// <param name="Unchanged">Rows that were there already, exactly so.</param>
/// <param name="Errors">What kept it from being done; when there is any, nothing was added.</param>
public sealed record TakeoverResult(int Added, int Unchanged, IReadOnlyList<TakeoverError> Errors);

/// <summary>A CSV list with a heading, read whole, by column name.</summary>
internal sealed class TakeoverTable
{
    private readonly List<TakeoverRow> rows = [];
    private readonly List<TakeoverError> errors = [];

    /// <summary>Rows that have as many fields as the heading.</summary>
    public IReadOnlyList<TakeoverRow> Rows => rows;

    /// <summary>Lines that are none.</summary>
    public IReadOnlyList<TakeoverError> Errors => errors;

    /// <summary>Reads a list.</summary>
    /// <param name="text">CSV; the first line names the columns.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="optional">Columns that may be there; any other is an error, so that a misspelt one is not silently ignored.</param>
    public static TakeoverTable Read(TextReader text, IReadOnlyCollection<string> required, IReadOnlyCollection<string> optional)
    {
        var table = new TakeoverTable();
        using var all = CsvSheet.Rows(text).GetEnumerator();
        string[] heading = all.MoveNext() ? [.. (all.Current.Cells ?? []).Select(c => c.Text)] : [];
        table.errors.AddRange(required.Except(heading).Select(c => new TakeoverError("1", $"the column {c} is missing")));
        table.errors.AddRange(heading.Except(required).Except(optional).Select(c => new TakeoverError("1", $"the column {c} is unknown; there are {string.Join(", ", required.Concat(optional))}")));
        while (table.errors.Count == 0 && all.MoveNext())
        {
            table.Add(all.Current, heading);
        }

        return table;
    }

    private void Add(SheetRow row, string[] heading)
    {
        var line = row.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (row.Cells is null)
        {
            errors.Add(new(line, "has a quotation mark that is not closed"));
        }
        else if (row.Cells.Count != heading.Length)
        {
            errors.Add(new(line, $"has {row.Cells.Count} fields, the heading {heading.Length}"));
        }
        else
        {
            rows.Add(new(line, heading.Zip(row.Cells).Where(f => f.Second.Text.Length > 0).ToDictionary(f => f.First, f => f.Second.Text)));
        }
    }
}

/// <summary>A row of an <see cref="TakeoverTable"/>.</summary>
/// <param name="Line">Where it stands.</param>
/// <param name="Fields">Its fields that are not empty, by column.</param>
internal sealed record TakeoverRow(string Line, IReadOnlyDictionary<string, string> Fields)
{
    public string? Find(string column) => Fields.GetValueOrDefault(column);
}
