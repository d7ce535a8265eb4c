using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>A row's place in an order: its value, if it has one, and its id.</summary>
internal sealed record Place(long Id, string? Text, DateTimeOffset? At)
{
    private bool HasValue => Text is not null || At is not null;

    /// <summary>Whether it stands among the rows without a value, which come last.</summary>
    public bool IsLast => !HasValue;

    /// <summary>As an address carries it.</summary>
    public override string ToString()
    {
        var value = At is { } at ? (at.UtcTicks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture) : Text;
        return Id.ToString(CultureInfo.InvariantCulture) + (value is null ? "" : "." + WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(value)));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null when it did not.</summary>
    public static Place? Read(string? cursor, SubscriberSort sort)
    {
        try
        {
            var parts = (cursor ?? "").Split('.', 2);
            if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return null;
            }

            var text = parts.Length == 2 ? Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(parts[1])) : null;
            return sort != SubscriberSort.Expiry ? (text is null && sort == SubscriberSort.Name) || text?.Contains('\0', StringComparison.Ordinal) == true ? null : new(id, text, null)
                : text is null ? new(id, null, null)
                : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < DateTimeOffset.MaxValue.UtcTicks / TimeSpan.TicksPerMicrosecond
                    ? new(id, null, new DateTimeOffset(at * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero)) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>
/// Cuts a page out of ordered rows by the place to go on from, not by a number of rows to pass over: the hundredth page costs what the first
/// does, and a row that comes or goes shifts none.
/// </summary>
internal sealed class KeysetPage(IQueryable<Subscriber> rows, SubscriberSort sort, bool descending)
{
    /// <summary>Takes a page.</summary>
    /// <param name="from">The place to go on from; null: the beginning.</param>
    /// <param name="backwards">Towards the beginning.</param>
    /// <param name="size">Rows.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The places of its rows, and whether there are rows before and after them.</returns>
    public async Task<(IReadOnlyList<Place> Places, bool Before, bool After)> TakeAsync(Place? from, bool backwards, int size, CancellationToken cancel)
    {
        backwards &= from is not null;
        var up = descending == backwards;
        List<Place> places = [];
        // Rows without a value come after all others, in both directions of the order; names have one always.
        bool[] parts = sort == SubscriberSort.Name ? [false] : backwards ? [true, false] : [false, true];
        foreach (var last in from is null ? parts : parts.SkipWhile(p => p != from.IsLast))
        {
            if (places.Count <= size)
            {
                places.AddRange(await PartAsync(last, from?.IsLast == last ? from : null, up, size + 1 - places.Count, cancel));
            }
        }

        var more = places.Count > size;
        if (from is not null && (backwards ? !more : places.Count == 0))
        {
            // The first page is whole, and what is no longer there is no end of the list.
            return await TakeAsync(null, false, size, cancel);
        }

        places = [.. places.Take(size)];
        if (backwards)
        {
            places.Reverse();
        }

        return (places, backwards || from is not null, backwards || more);
    }

    private Task<List<Place>> PartAsync(bool last, Place? from, bool up, int count, CancellationToken cancel) => sort switch
    {
        SubscriberSort.Name => TakeAsync(s => s.DisplayName, rows, from?.Text, from, up, count, s => new(s.Id, s.DisplayName, null), cancel),
        SubscriberSort.CreditCode when last => TakeLastAsync(rows.Where(s => s.CreditCode == null), from, up, count, cancel),
        SubscriberSort.CreditCode => TakeAsync(s => s.CreditCode, rows.Where(s => s.CreditCode != null), from?.Text, from, up, count, s => new(s.Id, s.CreditCode, null), cancel),
        _ when last => TakeLastAsync(rows.Where(s => s.ExpiresAt == null), from, up, count, cancel),
        _ => TakeAsync(s => s.ExpiresAt, rows.Where(s => s.ExpiresAt != null), from?.At, from, up, count, s => new(s.Id, null, s.ExpiresAt), cancel),
    };

    // The places alone, so that the index answers without the rows.
    private static Task<List<Place>> TakeAsync<TKey>(
        Expression<Func<Subscriber, TKey>> key, IQueryable<Subscriber> part, TKey value, Place? from, bool up, int count, Expression<Func<Subscriber, Place>> place, CancellationToken cancel)
    {
        var after = from is null ? part : part.Where(After(key, value, from.Id, up));
        var ordered = up ? after.OrderBy(key).ThenBy(s => s.Id) : after.OrderByDescending(key).ThenByDescending(s => s.Id);
        return ordered.Take(count).Select(place).ToListAsync(cancel);
    }

    private static Task<List<Place>> TakeLastAsync(IQueryable<Subscriber> part, Place? from, bool up, int count, CancellationToken cancel)
    {
        var id = from?.Id;
        var after = id is null ? part : up ? part.Where(s => s.Id > id) : part.Where(s => s.Id < id);
        return (up ? after.OrderBy(s => s.Id) : after.OrderByDescending(s => s.Id)).Take(count).Select(s => new Place(s.Id, null, null)).ToListAsync(cancel);
    }

    // key >= value and (key > value or id > id): the first half is a range of the index, which an "or" alone would not be.
    private static Expression<Func<Subscriber, bool>> After<TKey>(Expression<Func<Subscriber, TKey>> key, TKey value, long id, bool up)
    {
        Expression<Func<TKey>> limit = () => value;
        Expression<Func<Subscriber, bool>> later = up ? s => s.Id > id : s => s.Id < id;
        var (strict, loose) = up ? (ExpressionType.GreaterThan, ExpressionType.GreaterThanOrEqual) : (ExpressionType.LessThan, ExpressionType.LessThanOrEqual);
        return Conditions.All([Compare(loose), Conditions.Any([Compare(strict), later])]);

        Expression<Func<Subscriber, bool>> Compare(ExpressionType how) => Expression.Lambda<Func<Subscriber, bool>>(Order.Compare(how, key.Body, limit.Body), key.Parameters);
    }
}
