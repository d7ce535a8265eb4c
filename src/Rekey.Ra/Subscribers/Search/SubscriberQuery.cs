namespace Rekey.Ra.Subscribers.Search;

/// <summary>What a list of subscribers is sorted by. Who has no such value comes last.</summary>
public enum SubscriberSort
{
    /// <summary>Name, by code point.</summary>
    Name,

    /// <summary>Unified social credit code.</summary>
    CreditCode,

    /// <summary>Expiry of the certificate in use.</summary>
    Expiry,
}

/// <summary>A question for a list of subscribers; what is null does not matter.</summary>
public sealed record SubscriberQuery
{
    /// <summary>Most rows of a page.</summary>
    public const int MostRows = 200;

    /// <summary>What somebody typed, see <see cref="SearchText"/>.</summary>
    public string? Text { get; init; }

    /// <summary>Whether they are served.</summary>
    public SubscriberState? State { get; init; }

    /// <summary>Persons or organisations.</summary>
    public SubscriberKind? Kind { get; init; }

    /// <summary>Credit code of an institution: itself, and the persons who belong to it.</summary>
    public string? Institution { get; init; }

    /// <summary>The certificate in use expires then or later.</summary>
    public DateTimeOffset? ExpiresFrom { get; init; }

    /// <summary>The certificate in use expires before that.</summary>
    public DateTimeOffset? ExpiresBefore { get; init; }

    /// <summary>A certificate in use is on a token of this model.</summary>
    public string? TokenModel { get; init; }

    /// <summary>The order.</summary>
    public SubscriberSort Sort { get; init; }

    /// <summary>The order the other way round.</summary>
    public bool Descending { get; init; }

    /// <summary>The row to go on from, as an earlier page named it; null, or one that cannot be read: from the beginning.</summary>
    public string? Cursor { get; init; }

    /// <summary>Towards the beginning.</summary>
    public bool Backwards { get; init; }

    /// <summary>Rows of a page, at most <see cref="MostRows"/>.</summary>
    public int Size { get; init; } = 25;
}

/// <summary>A subscriber in a list.</summary>
/// <param name="StableId">Stable identifier.</param>
/// <param name="Name">Name.</param>
/// <param name="Kind">Person or organisation.</param>
/// <param name="State">Whether they are served.</param>
/// <param name="CreditCode">Credit code; null for none.</param>
/// <param name="Contact">Who handles the key; null for none.</param>
/// <param name="Phone">The contact's telephone; null for none.</param>
/// <param name="Certificate">The certificate in use, of several the one that expires last; null for none.</param>
public sealed record SubscriberListItem(
    string StableId, string Name, SubscriberKind Kind, SubscriberState State, string? CreditCode, string? Contact, string? Phone, CertificateInUse? Certificate);

/// <summary>The certificate in use of a subscriber in a list.</summary>
/// <param name="NotBefore">First instant of validity.</param>
/// <param name="NotAfter">Last instant of validity.</param>
/// <param name="Profile">Its profile, which has the renewal policy.</param>
/// <param name="Held">Whether it is on hold.</param>
/// <param name="TokenModel">Manufacturer and model of its token; null when not known.</param>
/// <param name="TokenSerial">Serial number of its token; null when not known.</param>
public sealed record CertificateInUse(DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Profile, bool Held, string? TokenModel, string? TokenSerial);

/// <summary>A number that was counted as far as it was worth it.</summary>
/// <param name="Value">The number, or the limit.</param>
/// <param name="More">Whether there are more than that.</param>
public readonly record struct BoundedCount(int Value, bool More);

/// <summary>A page of a list.</summary>
/// <param name="Items">Its rows, in order.</param>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Previous">For <see cref="SubscriberQuery.Cursor"/> with <see cref="SubscriberQuery.Backwards"/>; null on the first page.</param>
/// <param name="Next">For <see cref="SubscriberQuery.Cursor"/>; null on the last page.</param>
public sealed record SubscriberPage(IReadOnlyList<SubscriberListItem> Items, BoundedCount Total, string? Previous, string? Next);
