using System.Globalization;
using System.Net.Mail;
using System.Text.RegularExpressions;
using Rekey.Pki.Certificates;
using Rekey.Ra.Operators;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>Makes a subscriber of a row, or says all that is wrong with it.</summary>
internal sealed partial class SubscriberRow
{
    private static readonly string[] Yes = ["是", "yes", "1", "true"];

    private static readonly string[] No = ["", "否", "no", "0", "false"];

    private readonly SheetRow row;
    private readonly Dictionary<ImportColumn, string> cells = [];
    private readonly List<RowError> errors = [];

    private SubscriberRow(SheetRow row, IReadOnlyList<ImportHeading> headings)
    {
        this.row = row;
        if (row.Cells is null)
        {
            errors.Add(new(row.Number, null, RowFault.OpenQuote));
        }
        else if (row.Cells.Count != headings.Count)
        {
            errors.Add(new(row.Number, null, RowFault.FieldCount, Digits(row.Cells.Count), Digits(headings.Count)));
        }
        else
        {
            for (var i = 0; i < headings.Count; i++)
            {
                Take(headings[i], row.Cells[i]);
            }
        }
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="headings">Its columns.</param>
    /// <param name="now">The present moment.</param>
    /// <param name="scope">Whom whoever writes it may register.</param>
    /// <returns>The subscriber, when nothing is wrong; else null and what is.</returns>
    public static (Subscriber? Subscriber, IReadOnlyList<RowError> Errors) Read(
        SheetRow row, IReadOnlyList<ImportHeading> headings, DateTimeOffset now, OperatorScope scope)
    {
        var reader = new SubscriberRow(row, headings);
        return (reader.errors.Count > 0 ? null : reader.Subscriber(now, scope), reader.errors);
    }

    private Subscriber? Subscriber(DateTimeOffset now, OperatorScope scope)
    {
        var kind = Kind();
        var code = Code();
        var id = Find(ImportColumn.Id) ?? (kind == SubscriberKind.Organisation ? code : null);
        var name = Name();
        var proved = IdentityProved(now);
        Demand(ImportColumn.Phone, RowFault.Phone, Telephone().IsMatch);
        Demand(ImportColumn.Email, RowFault.Email, e => Address().IsMatch(e) && MailAddress.TryCreate(e, out _));
        if (id is null && !errors.Any(e => e.Column == ImportColumn.CreditCode))
        {
            Wrong(ImportColumn.Id, RowFault.NoIdentifier);
        }

        if (!scope.Contains(code) && !errors.Any(e => e.Column == ImportColumn.CreditCode))
        {
            Wrong(ImportColumn.CreditCode, RowFault.OutOfScope);
        }

        var subject = errors.Count == 0 ? Subject(name!, id!) : null;
        return errors.Count > 0 ? null : new Subscriber
        {
            Kind = kind,
            StableId = id!,
            CreditCode = code,
            DisplayName = name!,
            Subject = subject,
            ContactName = Find(ImportColumn.Contact),
            ContactPhone = Find(ImportColumn.Phone),
            ContactEmail = Find(ImportColumn.Email),
            IdentityProvedAt = proved,
            RegisteredAt = now,
        };
    }

    private void Take(ImportHeading heading, SheetCell cell)
    {
        var text = cell.Text.Trim();
        if (cell.Kind == CellKind.Formula)
        {
            Wrong(heading.Column, RowFault.Formula);
        }
        else if (cell.Kind == CellKind.Error)
        {
            Wrong(heading.Column, RowFault.CellError, text);
        }
        else if (text.Length > heading.Most)
        {
            Wrong(heading.Column, heading.Column == ImportColumn.CreditCode ? RowFault.CodeLength : RowFault.TooLong, Digits(heading.Most));
        }
        else if (cell.Kind == CellKind.Number && heading.Column != ImportColumn.IdentityProved && !WholeNumber().IsMatch(text))
        {
            Wrong(heading.Column, RowFault.RoundedNumber, text);
        }
        else if (text.Any(char.IsControl))
        {
            Wrong(heading.Column, RowFault.ControlCharacter);
        }
        else if (cell.Kind == CellKind.Number && heading.Column == ImportColumn.IdentityProved)
        {
            cells[heading.Column] = Day(text);
        }
        else if (text.Length > 0)
        {
            cells[heading.Column] = text;
        }
    }

    private SubscriberKind Kind()
    {
        var kind = Find(ImportColumn.Kind);
        var person = kind is "person" or "个人";
        if (!person && kind is not (null or "organisation" or "单位"))
        {
            Wrong(ImportColumn.Kind, RowFault.Kind);
        }

        return person ? SubscriberKind.Person : SubscriberKind.Organisation;
    }

    private string? Code()
    {
        if (Find(ImportColumn.CreditCode) is not { } text)
        {
            return null;
        }

        if (CreditCode.TryParse(text, out var code, out var fault))
        {
            return code.ToString();
        }

        Wrong(ImportColumn.CreditCode, Enum.Parse<RowFault>($"Code{fault}"), Digits(CreditCode.Length));
        return null;
    }

    private string? Name()
    {
        var name = Find(ImportColumn.Name);
        var isChecked = Find(ImportColumn.NameChecked) ?? "";
        if (!Yes.Concat(No).Contains(isChecked, StringComparer.OrdinalIgnoreCase))
        {
            Wrong(ImportColumn.NameChecked, RowFault.YesOrNo);
        }

        if (name is null)
        {
            Wrong(ImportColumn.Name, RowFault.Missing);
        }

        var letters = Yes.Contains(isChecked, StringComparer.OrdinalIgnoreCase);
        foreach (var (column, text, known) in new[] { (ImportColumn.Name, name, letters), (ImportColumn.Contact, Find(ImportColumn.Contact), true) })
        {
            if (text is not null && LookAlikes.Find(text, known) is var (fault, values))
            {
                Wrong(column, fault, values);
            }
        }

        return name;
    }

    private DateTimeOffset IdentityProved(DateTimeOffset now)
    {
        if (Find(ImportColumn.IdentityProved) is not { } text)
        {
            return now;
        }

        if (!DateTimeOffset.TryParseExact(text, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            Wrong(ImportColumn.IdentityProved, RowFault.Date);
        }
        else if (date > now)
        {
            Wrong(ImportColumn.IdentityProved, RowFault.DateToCome);
        }

        return date;
    }

    private byte[]? Subject(string name, string id)
    {
        if (Find(ImportColumn.Subject) is not { } text)
        {
            return Subscribers.Subscriber.PlainSubject("CN", name, id);
        }

        try
        {
            return DistinguishedName.Parse(text).Encoded.ToArray();
        }
        catch (MalformedException)
        {
            Wrong(ImportColumn.Subject, RowFault.Subject);
            return null;
        }
    }

    private void Demand(ImportColumn column, RowFault fault, Predicate<string> condition)
    {
        if (Find(column) is { } text && !condition(text))
        {
            Wrong(column, fault);
        }
    }

    // A date in XLSX is a number of days; what it cannot be stays as it is and is refused as no date.
    private static string Day(string number) =>
        double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var days) && days is >= 1 and < 2_958_466
            ? DateTime.FromOADate(Math.Floor(days)).ToString(DateForms[0], CultureInfo.InvariantCulture)
            : number;

    private string? Find(ImportColumn column) => cells.GetValueOrDefault(column);

    private void Wrong(ImportColumn column, RowFault fault, params string[] values) => errors.Add(new(row.Number, column, fault, values));

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static readonly string[] DateForms = ["yyyy-MM-dd", "yyyy-M-d", "yyyy/M/d", "yyyy年M月d日"];

    // Spreadsheet programs keep fifteen digits.
    [GeneratedRegex("^-?[0-9]{1,15}$")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^\+?[0-9][0-9 ()/\-]{3,}[0-9]$")]
    private static partial Regex Telephone();

    // ASCII only: a domain of other letters is written in its xn-- form, so that nothing can look like something else.
    [GeneratedRegex("^[!-~]+@[A-Za-z0-9.-]+$")]
    private static partial Regex Address();
}
