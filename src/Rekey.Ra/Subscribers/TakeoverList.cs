namespace Rekey.Ra.Subscribers;

/// <summary>A list of certificates to take over, with their holders: CSV with the columns <c>certificate</c> and <c>id</c>.</summary>
public static class TakeoverList
{
    /// <summary>Reads a list.</summary>
    /// <param name="csv">The list.</param>
    /// <param name="open">Gives the certificate of a file name as it stands in the list; null when there is no such file.</param>
    public static (IReadOnlyList<TakeoverItem> Items, IReadOnlyList<TakeoverError> Errors) Read(TextReader csv, Func<string, byte[]?> open)
    {
        var table = TakeoverTable.Read(csv, ["certificate"], ["id"]);
        var errors = new List<TakeoverError>(table.Errors);
        var items = new List<TakeoverItem>();
        foreach (var row in table.Rows)
        {
            if (row.Find("certificate") is not { } file)
            {
                errors.Add(new(row.Line, "names no file"));
            }
            else if (open(file) is { } der)
            {
                items.Add(new($"{row.Line} ({file})", der, row.Find("id")));
            }
            else
            {
                errors.Add(new(row.Line, $"there is no file {file}"));
            }
        }

        return (items, errors);
    }
}
