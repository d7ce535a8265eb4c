using System.Globalization;
using System.Resources;

namespace Rekey.Contract.Problems;

/// <summary>What the holder can do about a problem; the page shows it as its one button.</summary>
public enum NextStep
{
    /// <summary>Nothing to do but wait; the page says until when.</summary>
    Wait,

    /// <summary>Try the same thing again.</summary>
    Retry,

    /// <summary>Insert the key (again).</summary>
    InsertKey,

    /// <summary>Choose another certificate or key.</summary>
    ChooseAnother,

    /// <summary>Install or update the agent.</summary>
    UpdateAgent,

    /// <summary>Call the RA.</summary>
    CallRa,

    /// <summary>Start again from the first page.</summary>
    StartAgain,
}

/// <summary>
/// A numbered error that people can read to each other over the phone: <c>RK-3102</c>. It has three texts in each language:
/// what happened, what it means, what to do. Made only by the members of <see cref="Problems"/>.
/// </summary>
/// <param name="Number">Range 1 agent and token, 2 portal and session, 3 RA, 4 CA, 5 KMC, 6 login, 9 internal.</param>
/// <param name="Next">The button under the texts.</param>
/// <param name="HttpStatus">Status of an HTTP answer that carries it (RFC 9457).</param>
/// <param name="Arguments">
/// Values for the placeholders of the texts, culture-free: dates as ISO 8601 (<c>{0:date}</c> in a text shows them in the
/// reader's language), numbers in digits. Never a secret.
/// </param>
public sealed record Problem(int Number, NextStep Next, int HttpStatus, params IReadOnlyList<string> Arguments)
{
    /// <summary>The number as people read it, for example <c>RK-3102</c>.</summary>
    public string Code => $"RK-{Number}";

    /// <summary>What happened.</summary>
    public string Title(CultureInfo culture) => ProblemTexts.Get(Number, "Title", Arguments, culture);

    /// <summary>What it means for the reader.</summary>
    public string Meaning(CultureInfo culture) => ProblemTexts.Get(Number, "Meaning", Arguments, culture);

    /// <summary>What to do next.</summary>
    public string Action(CultureInfo culture) => ProblemTexts.Get(Number, "Action", Arguments, culture);

    /// <inheritdoc/>
    public bool Equals(Problem? other) => other is not null && Number == other.Number && Arguments.SequenceEqual(other.Arguments);

    /// <inheritdoc/>
    public override int GetHashCode() => Number;

    /// <inheritdoc/>
    public override string ToString() => $"{Code} {Title(CultureInfo.GetCultureInfo("en"))}";
}

/// <summary>How a flow leaves when a decision said no. Only the edges (HTTP, CMP, agent dialog, console) catch it.</summary>
public sealed class ProblemException(Problem problem, Exception? inner = null) : Exception(problem.Code, inner)
{
    /// <summary>The problem to show.</summary>
    public Problem Problem { get; } = problem;
}

/// <summary>The texts, one resource file per range of numbers, so that a range belongs to one part of the product.</summary>
internal static class ProblemTexts
{
    private static readonly Dictionary<int, ResourceManager> Ranges = new()
    {
        [1] = Of("RK1"),
        [2] = Of("RK2"),
        [3] = Of("RK3"),
        [4] = Of("RK4"),
        [5] = Of("RK5"),
        [6] = Of("RK6"),
        [9] = Of("RK9"),
    };

    public static IEnumerable<ResourceManager> All => Ranges.Values;

    public static bool Has(int number) =>
        Ranges.TryGetValue(number / 1000, out var range) && range.GetString($"RK{number}.Title", CultureInfo.InvariantCulture) is not null;

    public static string Get(int number, string part, IReadOnlyList<string> arguments, CultureInfo culture) =>
        PlaceholderText.Fill(Template(number, part, culture), arguments, culture);

    public static string Template(int number, string part, CultureInfo culture) =>
        Ranges[number / 1000].GetString($"RK{number}.{part}", culture)
        ?? throw new InvalidOperationException($"RK{number}.{part} has no text");

    private static ResourceManager Of(string name) => new($"Rekey.Contract.Problems.Texts.{name}", typeof(Problem).Assembly);
}
