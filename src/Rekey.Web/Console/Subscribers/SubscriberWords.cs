using System.Globalization;
using Rekey.Contract.Renewal;
using Rekey.Ra;
using Rekey.Ra.Subscribers;
using Rekey.Web.Console.Subscribers.Texts;
using Rekey.Web.Design;

namespace Rekey.Web.Console.Subscribers;

/// <summary>A state in one word, and how it looks.</summary>
/// <param name="Text">The word.</param>
/// <param name="Class">Of the tag.</param>
internal sealed record StateTag(string Text, string Class);

/// <summary>Words for subscribers and their certificates.</summary>
internal static class SubscriberWords
{
    public static string Kind(SubscriberKind kind) => kind == SubscriberKind.Person ? SubscriberText.Kind_Person : SubscriberText.Kind_Organisation;

    /// <summary>How a subscriber stands, by the certificate in use.</summary>
    public static StateTag Of(SubscriberState state, bool hasCertificate, bool held, RenewalWindow? window, DateOnly today) =>
        state == SubscriberState.Cancelled ? new(SubscriberText.State_Cancelled, "")
        : !hasCertificate || window is null ? new(SubscriberText.State_None, "")
        : held ? new(SubscriberText.State_Held, "tag--warn")
        : today < window.Opens ? new(SubscriberText.State_Valid, "tag--ok")
        : today <= window.Expires ? new(SubscriberText.State_Renewable, "tag--brand")
        : today <= window.Closes ? new(SubscriberText.State_Late, "tag--warn")
        : new(SubscriberText.State_Shut, "tag--danger");

    /// <summary>How a certificate stands.</summary>
    public static StateTag Of(CertificateState state, bool expired) => state switch
    {
        CertificateState.Unconfirmed => new(SubscriberText.Certificate_Unconfirmed, "tag--warn"),
        CertificateState.Superseded => new(SubscriberText.Certificate_Superseded, ""),
        CertificateState.Held => new(SubscriberText.State_Held, "tag--warn"),
        CertificateState.Revoked => new(SubscriberText.Certificate_Revoked, "tag--danger"),
        _ => expired ? new(SubscriberText.Certificate_Expired, "tag--danger") : new(SubscriberText.State_Valid, "tag--ok"),
    };

    /// <summary>Days to expiry in words.</summary>
    public static string Days(DateOnly expires, DateOnly today) => (expires.DayNumber - today.DayNumber) switch
    {
        0 => SubscriberText.Days_Today,
        > 0 and var left => Wording.F(SubscriberText.Days_Left, left),
        var left => Wording.F(SubscriberText.Days_Ago, -left),
    };

    /// <summary>What happened, and the icon for it.</summary>
    public static (string Text, string Icon) Of(SubscriberEvent e) => e.Kind switch
    {
        SubscriberEventKind.Registered => (SubscriberText.Event_Registered, "user"),
        SubscriberEventKind.Edited => (Wording.F(SubscriberText.Event_Edited, e.About), "edit"),
        SubscriberEventKind.Cancelled => (SubscriberText.Event_Cancelled, "ban"),
        SubscriberEventKind.RenewalStarted => (Wording.F(SubscriberText.Event_Started, e.About), "plug"),
        SubscriberEventKind.RenewalConfirmed => (SubscriberText.Event_Confirmed, "check"),
        SubscriberEventKind.RenewalEnded => (SubscriberText.Event_Ended, "x"),
        SubscriberEventKind.Revoked => (Wording.F(SubscriberText.Event_Revoked, e.About), "ban"),
        SubscriberEventKind.NoticeRenewed => (SubscriberText.Event_NoticeRenewed, "info"),
        SubscriberEventKind.NoticeRenewedLate => (SubscriberText.Event_NoticeLate, "info"),
        _ => (SubscriberText.Event_NoticeRecovered, "info"),
    };

    /// <summary>A field of an edit.</summary>
    public static string Field(string name) => name switch
    {
        nameof(Subscriber.DisplayName) => SubscriberText.Fact_Name,
        nameof(Subscriber.CreditCode) => SubscriberText.Fact_Code,
        nameof(Subscriber.ContactName) => SubscriberText.Fact_Contact,
        nameof(Subscriber.ContactPhone) => SubscriberText.Fact_Phone,
        nameof(Subscriber.ContactEmail) => SubscriberText.Fact_Email,
        nameof(Subscriber.Subject) => SubscriberText.Fact_Subject,
        _ => name,
    };

    /// <summary>An instant in the institution's time.</summary>
    public static string Time(DateTimeOffset at, RaOptions options) =>
        TimeZoneInfo.ConvertTime(at, options.Institution.Zone()).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>Addresses of the subscribers' pages.</summary>
internal static class SubscriberUrls
{
    public const string List = "/console/subscribers";

    public const string New = "/console/subscribers/new";

    public const string Import = "/console/subscribers/import";

    public static string One(string stableId) => $"/console/subscribers/one?id={Uri.EscapeDataString(stableId)}";

    public static string Edit(string stableId) => $"/console/subscribers/edit?id={Uri.EscapeDataString(stableId)}";
}
