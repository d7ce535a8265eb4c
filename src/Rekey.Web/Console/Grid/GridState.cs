using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Rekey.Web.Console.Grid;

/// <summary>
/// What a list shows, as its address says it: what is filtered, how it is sorted, and where in it one is. So a page of a list can be
/// kept, sent and gone back to, and works without script.
/// </summary>
internal sealed class GridState
{
    /// <summary>The parameter of the search box.</summary>
    public const string Search = "q";

    private const string SortName = "sort";
    private const string DescendingName = "desc";
    private const string PlaceName = "at";
    private const string BackName = "back";
    private const string SizeName = "size";
    private const int MostOfValue = 200;

    private readonly IReadOnlyCollection<string> names;

    private GridState(string path, IReadOnlyCollection<string> names, Dictionary<string, string> filters) => (Path, this.names, Filters) = (path, names, filters);

    /// <summary>Sizes that can be chosen.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [25, 50, 100, 200];

    /// <summary>Path of the list's page.</summary>
    public string Path { get; }

    /// <summary>Filters that are set.</summary>
    public IReadOnlyDictionary<string, string> Filters { get; }

    /// <summary>The column that it is sorted by; null: as the list will have it.</summary>
    public string? Sort { get; private init; }

    /// <summary>The other way round.</summary>
    public bool Descending { get; private init; }

    /// <summary>The place to go on from; null: the beginning.</summary>
    public string? Cursor { get; private init; }

    /// <summary>Towards the beginning.</summary>
    public bool Backwards { get; private init; }

    /// <summary>Rows of a page.</summary>
    public int Size { get; private init; } = Sizes[0];

    /// <summary>What is kept of it as a saved filter: everything but the place.</summary>
    public string Query => Address(Filters, Sort, Descending, null, false)[Path.Length..];

    /// <summary>What a filter is set to; null for nothing.</summary>
    public string? this[string filter] => Filters.GetValueOrDefault(filter);

    /// <summary>Reads an address.</summary>
    /// <param name="path">Path of the list's page.</param>
    /// <param name="query">Its query; what it does not know is left out.</param>
    /// <param name="filters">Names of the list's filters.</param>
    /// <param name="sorts">Names of its columns that can be sorted by.</param>
    public static GridState Read(string path, IQueryCollection query, IReadOnlyCollection<string> filters, IReadOnlyCollection<string> sorts)
    {
        string? Value(string name) => query[name].FirstOrDefault()?.Trim() is { Length: > 0 } value ? value[..Math.Min(value.Length, MostOfValue)] : null;
        var set = filters.Where(f => Value(f) is not null).ToDictionary(f => f, f => Value(f)!);
        return new(path, filters, set)
        {
            Sort = Value(SortName) is { } sort && sorts.Contains(sort) ? sort : null,
            Descending = Value(DescendingName) == "1",
            Cursor = query[PlaceName].FirstOrDefault() is { Length: > 0 and < 2000 } place ? place : null,
            Backwards = Value(BackName) == "1",
            Size = int.TryParse(Value(SizeName), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && Sizes.Contains(size) ? size : Sizes[0],
        };
    }

    /// <summary>The address with other filters, at the beginning of the list.</summary>
    public string With(params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var filters = new Dictionary<string, string>(Filters);
        foreach (var (name, value) in changes)
        {
            filters.Remove(name);
            if (value is not null)
            {
                filters[name] = value;
            }
        }

        return Address(filters, Sort, Descending, null, false);
    }

    /// <summary>The address sorted by a column; by the one that it is sorted by already, the other way round.</summary>
    public string SortedBy(string sort, string present) => Address(Filters, sort, sort == present && !Descending, null, false);

    /// <summary>The address of another page of the list.</summary>
    public string At(string cursor, bool backwards) => Address(Filters, Sort, Descending, cursor, backwards);

    /// <summary>The address of the whole list as a file.</summary>
    public string File(string format)
    {
        var query = Query;
        return $"{Path}{query}{(query.Length == 0 ? '?' : '&')}handler=Export&format={format}";
    }

    /// <summary>What a form must send besides its own fields, so that nothing else changes.</summary>
    public IEnumerable<(string Name, string Value)> Hidden()
    {
        if (Sort is { } sort)
        {
            yield return (SortName, sort);
        }

        if (Descending)
        {
            yield return (DescendingName, "1");
        }
    }

    private string Address(IReadOnlyDictionary<string, string> filters, string? sort, bool descending, string? cursor, bool backwards)
    {
        var query = new QueryBuilder();
        foreach (var name in names.Where(filters.ContainsKey))
        {
            query.Add(name, filters[name]);
        }

        foreach (var (name, value) in new[]
        {
            (SortName, sort), (DescendingName, descending ? "1" : null), (SizeName, Size == Sizes[0] ? null : Size.ToString(CultureInfo.InvariantCulture)), (PlaceName, cursor), (BackName, backwards ? "1" : null),
        })
        {
            if (value is not null)
            {
                query.Add(name, value);
            }
        }

        return Path + query;
    }
}
