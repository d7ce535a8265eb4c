using System.Collections.ObjectModel;
using System.Linq.Expressions;
using Rekey.Contract.Problems;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Search;

namespace Rekey.Ra.Operators;

/// <summary>
/// Whose subscribers an operator sees and serves: all, or those of institutions (unified social credit codes) and regions (the first
/// two, four or six digits of the administrative division in such a code). A subscriber without a code is in the scope "all" alone.
/// </summary>
public sealed class OperatorScope : IEquatable<OperatorScope>
{
    /// <summary>Most institutions and regions together: a list that a person can still read.</summary>
    public const int MostParts = 100;

    /// <summary>Longest text of a scope.</summary>
    public const int MaxLength = 2000;

    /// <summary>Everybody.</summary>
    public static readonly OperatorScope All = new([], [], isAll: true);

    private const string AllText = "all";
    private const int DivisionStart = 2;
    private const int MaxPartShown = 40;
    private const int DivisionLength = 6;

    private readonly string[] institutions;
    private readonly string[] regions;

    private OperatorScope(string[] institutions, string[] regions, bool isAll) => (this.institutions, this.regions, IsAll) = (institutions, regions, isAll);

    /// <summary>Whether it is everybody.</summary>
    public bool IsAll { get; }

    /// <summary>Credit codes of single institutions, in order.</summary>
    public ReadOnlyCollection<string> Institutions => institutions.AsReadOnly();

    /// <summary>Beginnings of administrative divisions (GB/T 2260): 2, 4 or 6 digits, in order.</summary>
    public ReadOnlyCollection<string> Regions => regions.AsReadOnly();

    /// <summary>Reads what <see cref="ToString"/> writes, or a person types: <c>all</c>, or credit codes and divisions with blanks or commas between.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scope">The scope.</param>
    /// <param name="wrong">The first part that is none of it, or the whole when nothing is named or too much.</param>
    public static bool TryParse(string text, out OperatorScope scope, out string wrong)
    {
        (scope, wrong) = (All, text.Trim());
        var parts = text.Split([' ', ',', '\t', '\r', '\n', '、', '，', '；', ';'], StringSplitOptions.RemoveEmptyEntries);
        if (parts is [AllText])
        {
            return true;
        }

        if (parts.Length is 0 or > MostParts || text.Length > MaxLength)
        {
            return false;
        }

        var (institutions, regions) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var part in parts)
        {
            if (part.Length is 2 or 4 or 6 && part.All(char.IsAsciiDigit))
            {
                regions.Add(part);
            }
            else if (CreditCode.TryParse(part, out var code, out _))
            {
                institutions.Add(code.ToString());
            }
            else
            {
                wrong = part;
                return false;
            }
        }

        scope = new([.. institutions], [.. regions], isAll: false);
        return true;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It did not write that.</exception>
    public static OperatorScope Parse(string text) => TryParse(text, out var scope, out var wrong) ? scope : throw new FormatException($"not a scope: {wrong}");

    /// <summary>Reads what a person typed.</summary>
    /// <exception cref="ProblemException">RK-3411: it is none.</exception>
    public static OperatorScope Read(string? text) =>
        TryParse(text ?? "", out var scope, out var wrong) ? scope : throw new ProblemException(Problems.ScopeUnreadable(wrong.Length <= MaxPartShown ? wrong : wrong[..MaxPartShown]));

    /// <summary>Whether a subscriber with this credit code is in it.</summary>
    /// <param name="creditCode">The code; null for none.</param>
    public bool Contains(string? creditCode) =>
        IsAll || (creditCode is { Length: CreditCode.Length } code && (institutions.Contains(code) || regions.Any(r => code.AsSpan(DivisionStart).StartsWith(r))));

    /// <summary>Whether everybody of another scope is in this one too.</summary>
    public bool Covers(OperatorScope other) => IsAll
        || (!other.IsAll && other.institutions.All(Contains) && other.regions.All(r => regions.Any(mine => r.StartsWith(mine, StringComparison.Ordinal))));

    /// <summary>The same question for the database, as ranges of the index of divisions.</summary>
    internal Expression<Func<Subscriber, bool>> Filter()
    {
        if (IsAll)
        {
            return s => true;
        }

        var whole = regions.Where(r => r.Length == DivisionLength).ToArray();
        var filter = new List<Expression<Func<Subscriber, bool>>> { s => institutions.Contains(s.CreditCode) || whole.Contains(s.Division) };
        filter.AddRange(regions.Where(r => r.Length < DivisionLength).Select(r => Prefix.Of<Subscriber>(s => s.Division, r)));
        return Conditions.Any(filter);
    }

    /// <inheritdoc/>
    public bool Equals(OperatorScope? other) => other is not null && other.ToString() == ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OperatorScope);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>All of it in one line, as it is stored and as audit entries have it.</summary>
    public override string ToString() => IsAll ? AllText : string.Join(' ', regions.Concat(institutions));
}
