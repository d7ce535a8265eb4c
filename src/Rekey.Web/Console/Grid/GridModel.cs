using Rekey.Ra.Lists;
using Rekey.Ra.Subscribers.Search;

namespace Rekey.Web.Console.Grid;

/// <summary>A list of the console: the one way in which lists are filtered, sorted, paged, kept and exported.</summary>
/// <param name="State">What its address says.</param>
/// <param name="Label">What it is a list of.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Models of the rows of this page.</param>
/// <param name="RowView">View that draws the cells of a row, as many as there are columns. The row's own link has <c>data-row</c>.</param>
/// <param name="Total">Rows of all pages.</param>
internal sealed record GridModel(GridState State, string Label, IReadOnlyList<GridColumn> Columns, IReadOnlyList<object> Rows, string RowView, BoundedCount Total)
{
    /// <summary>What can be searched for, for the box; null for no box.</summary>
    public string? SearchHint { get; init; }

    /// <summary>Filters that are one click away.</summary>
    public IReadOnlyList<GridChip> Chips { get; init; } = [];

    /// <summary>Filters of the form.</summary>
    public IReadOnlyList<GridFilter> Filters { get; init; } = [];

    /// <summary>The column that it is sorted by.</summary>
    public required string SortedBy { get; init; }

    /// <summary>Whether it is sorted the other way round.</summary>
    public bool Descending => State.Descending;

    /// <summary>The place of the page before; null for none.</summary>
    public string? Previous { get; init; }

    /// <summary>The place of the page after; null for none.</summary>
    public string? Next { get; init; }

    /// <summary>Filters that the operator keeps.</summary>
    public IReadOnlyList<SavedFilterItem> Saved { get; init; } = [];
}

/// <summary>A column of a list.</summary>
/// <param name="Text">Its heading.</param>
/// <param name="Sort">Its name in addresses when it can be sorted by.</param>
/// <param name="Class">A class of the style sheet.</param>
internal sealed record GridColumn(string Text, string? Sort = null, string? Class = null);

/// <summary>A filter that is one click away.</summary>
/// <param name="Text">What it shows.</param>
/// <param name="Address">The list with it.</param>
/// <param name="IsOn">Whether it is set.</param>
internal sealed record GridChip(string Text, string Address, bool IsOn);

/// <summary>A filter of the form.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Text">What it is about.</param>
/// <param name="Choices">Values and what they show; none: it is typed.</param>
internal sealed record GridFilter(string Name, string Text, params IReadOnlyList<(string Value, string Text)> Choices);
