using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;

namespace Rekey.Web.Console.Subscribers;

/// <summary>The fields of a form about a subscriber, as they were sent.</summary>
internal sealed class SubscriberForm
{
    public string? Kind { get; set; }

    public string? Id { get; set; }

    public string? Name { get; set; }

    public string? NameChecked { get; set; }

    public string? Code { get; set; }

    public string? Contact { get; set; }

    public string? Phone { get; set; }

    public string? Email { get; set; }

    /// <summary>What is wrong with it.</summary>
    [BindNever]
    public IReadOnlyList<RowError> Errors { get; set; } = [];

    /// <summary>Whether kind and identifier can be chosen: once, at the registration.</summary>
    [BindNever]
    public bool IsNew { get; set; }

    public SubscriberKind SubscriberKind => Kind == "person" ? SubscriberKind.Person : SubscriberKind.Organisation;

    [BindNever]
    public SubscriberEdit Edit => new(Name ?? "", Or(Code), Or(Contact), Or(Phone), Or(Email), NameChecked == "yes");

    public static SubscriberForm Of(SubscriberDetails d) => new()
    {
        Kind = d.Kind == SubscriberKind.Person ? "person" : "organisation",
        Id = d.StableId,
        Name = d.Facts.Name,
        Code = d.Facts.CreditCode,
        Contact = d.Facts.Contact,
        Phone = d.Facts.Phone,
        Email = d.Facts.Email,
    };

    /// <summary>What is wrong with a field and what to do; null when nothing is.</summary>
    public string? ErrorOf(ImportColumn column) => Errors.FirstOrDefault(e => e.Column == column)?.Advice(CultureInfo.CurrentUICulture);

    private static string? Or(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
