using System.Globalization;
using System.Resources;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>What can be wrong with a row; each has a text that says so and one that says what to do.</summary>
public enum RowFault
{
    /// <summary>Nothing stands where something must.</summary>
    Missing,

    /// <summary>Neither identifier nor credit code.</summary>
    NoIdentifier,

    /// <summary>Too many characters.</summary>
    TooLong,

    /// <summary>A quotation mark that is not closed (CSV).</summary>
    OpenQuote,

    /// <summary>More or fewer fields than the heading has.</summary>
    FieldCount,

    /// <summary>A formula.</summary>
    Formula,

    /// <summary>The mark of a failed formula.</summary>
    CellError,

    /// <summary>A number that a spreadsheet program has rounded or may have.</summary>
    RoundedNumber,

    /// <summary>A line break or another control character.</summary>
    ControlCharacter,

    /// <summary>See <see cref="CreditCodeFault.Length"/>.</summary>
    CodeLength,

    /// <summary>See <see cref="CreditCodeFault.Character"/>.</summary>
    CodeCharacter,

    /// <summary>See <see cref="CreditCodeFault.Division"/>.</summary>
    CodeDivision,

    /// <summary>See <see cref="CreditCodeFault.OrganisationCode"/>.</summary>
    CodeOrganisationCode,

    /// <summary>See <see cref="CreditCodeFault.CheckCharacter"/>.</summary>
    CodeCheckCharacter,

    /// <summary>An invisible character in a name.</summary>
    NameInvisible,

    /// <summary>A full-width letter or digit in a name.</summary>
    NameFullWidth,

    /// <summary>A character that only looks like another.</summary>
    NameLookAlike,

    /// <summary>A letter of another script than the rest of the name.</summary>
    NameMixed,

    /// <summary>Latin letters in a Chinese name that nobody has compared.</summary>
    NameLetters,

    /// <summary>No kind of subscriber.</summary>
    Kind,

    /// <summary>Neither yes nor no.</summary>
    YesOrNo,

    /// <summary>No e-mail address.</summary>
    Email,

    /// <summary>No telephone number.</summary>
    Phone,

    /// <summary>No date.</summary>
    Date,

    /// <summary>A date to come.</summary>
    DateToCome,

    /// <summary>No distinguished name.</summary>
    Subject,

    /// <summary>The identifier stands in another row, too.</summary>
    Doubled,

    /// <summary>The identifier is registered with other data.</summary>
    RegisteredOtherwise,

    /// <summary>Outside the scope of the operator.</summary>
    OutOfScope,

    /// <summary>Somebody is registered under the identifier.</summary>
    Registered,
}

/// <summary>What is wrong with a row of a table, for the person who made the table.</summary>
/// <param name="Row">Its number, as the spreadsheet program shows it.</param>
/// <param name="Column">The column; null when it is about the row.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Arguments">Values for the placeholders of the texts; the name of a <see cref="ImportColumn"/> is shown as its heading.</param>
public sealed record RowError(int Row, ImportColumn? Column, RowFault Fault, params IReadOnlyList<string> Arguments)
{
    internal static readonly ResourceManager Texts = new("Rekey.Ra.Subscribers.Import.Texts.RowErrors", typeof(RowError).Assembly);

    /// <summary>Row, column, what is wrong and what to do, in a few sentences.</summary>
    public string Text(CultureInfo culture)
    {
        var place = Column is { } c ? Fill("PlaceCell", culture, Number(Row), ImportHeading.Of(c).In(culture)) : Fill("PlaceRow", culture, Number(Row));
        return place + Advice(culture);
    }

    /// <summary>What is wrong and what to do, beside a field that shows which it is.</summary>
    public string Advice(CultureInfo culture)
    {
        string[] values = [.. Arguments.Select(a => Enum.GetNames<ImportColumn>().Contains(a) ? ImportHeading.Of(Enum.Parse<ImportColumn>(a)).In(culture) : a)];
        return Fill($"{Fault}.What", culture, values) + Fill($"{Fault}.Do", culture, values);
    }

    /// <inheritdoc/>
    public bool Equals(RowError? other) =>
        other is not null && Row == other.Row && Column == other.Column && Fault == other.Fault && Arguments.SequenceEqual(other.Arguments);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Row, Column, Fault);

    private static string Fill(string key, CultureInfo culture, params IReadOnlyList<string> values) => PlaceholderText.Fill(
        Texts.GetString(key, culture) ?? throw new InvalidOperationException($"{key} has no text"), values, culture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
