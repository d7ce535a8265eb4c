namespace Rekey.Ra.Subscribers.Import;

/// <summary>The columns of a table of subscribers; there are no others.</summary>
public enum ImportColumn
{
    /// <summary>Stable identifier; of an institution by default its credit code.</summary>
    Id,

    /// <summary>Unified social credit code of the institution, or of the one that a person belongs to.</summary>
    CreditCode,

    /// <summary>Name.</summary>
    Name,

    /// <summary>Yes: somebody has compared the Latin letters in a Chinese name with the register.</summary>
    NameChecked,

    /// <summary>Institution or person.</summary>
    Kind,

    /// <summary>Subject of the certificate (RFC 4514); by default made of name and identifier.</summary>
    Subject,

    /// <summary>Who handles the key.</summary>
    Contact,

    /// <summary>Telephone of the contact.</summary>
    Phone,

    /// <summary>E-mail address of the contact.</summary>
    Email,

    /// <summary>The day on which the RA last saw proof of identity; by default the day of the import.</summary>
    IdentityProved,
}

/// <summary>How a column is headed in a file, and how long its cells may be.</summary>
/// <param name="Column">The column.</param>
/// <param name="Chinese">Its heading in Chinese.</param>
/// <param name="English">Its other heading.</param>
/// <param name="Most">Most characters of a cell.</param>
internal sealed record ImportHeading(ImportColumn Column, string Chinese, string English, int Most)
{
    /// <summary>All, in the order of a template.</summary>
    public static readonly IReadOnlyList<ImportHeading> All =
    [
        new(ImportColumn.Id, "用户编号", "id", 64),
        new(ImportColumn.CreditCode, "统一社会信用代码", "creditCode", Subscribers.CreditCode.Length),
        new(ImportColumn.Name, "名称", "name", 200),
        new(ImportColumn.NameChecked, "名称已核对", "nameChecked", 10),
        new(ImportColumn.Kind, "类别", "kind", 20),
        new(ImportColumn.Subject, "证书主题", "subject", 1000),
        new(ImportColumn.Contact, "经办人", "contact", 100),
        new(ImportColumn.Phone, "联系电话", "phone", 40),
        new(ImportColumn.Email, "电子邮箱", "email", 254),
        new(ImportColumn.IdentityProved, "身份核验日期", "identityProved", 20),
    ];

    /// <summary>The heading in a language.</summary>
    public string In(System.Globalization.CultureInfo culture) => culture.TwoLetterISOLanguageName == "en" ? English : Chinese;

    /// <summary>Of a column.</summary>
    public static ImportHeading Of(ImportColumn column) => All[(int)column];

    /// <summary>Of what stands in a heading; null when it is none.</summary>
    public static ImportHeading? Find(string text) => All.FirstOrDefault(h => h.Chinese == text || string.Equals(h.English, text, StringComparison.OrdinalIgnoreCase));
}
