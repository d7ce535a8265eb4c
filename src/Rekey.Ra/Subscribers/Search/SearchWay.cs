using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Store;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>One of the things that a text may mean.</summary>
/// <param name="Ids">Whose it is among given subscribers, found by an index.</param>
/// <param name="Matches">Whether it is a subscriber's.</param>
internal sealed record SearchWay(Func<IQueryable<Subscriber>, IQueryable<long>> Ids, Expression<Func<Subscriber, bool>> Matches)
{
    /// <summary>All that a text may mean.</summary>
    public static IReadOnlyList<SearchWay> Of(RaDbContext db, SearchText text)
    {
        var ways = new List<SearchWay> { OfName(db, text) };
        if (text.Contact is { } contact)
        {
            ways.Add(OfColumn(s => s.ContactName, contact));
        }

        if (text.Identifier is { } id)
        {
            ways.AddRange(Typed(id).Select(t => OfColumn(s => s.StableId, t)));
        }

        if (text.CreditCode is { } code)
        {
            ways.Add(OfColumn(s => s.CreditCode, code));
        }

        if (text.Phone is { } phone)
        {
            ways.Add(OfColumn(s => s.PhoneDigits, phone));
        }

        if (text.Serial is { } serial)
        {
            ways.Add(OfCertificate(db, Prefix.Of<RegisteredCertificate>(c => c.Serial, serial)));
        }

        if (text.TokenSerial is { } token)
        {
            ways.Add(OfCertificate(db, Conditions.Any([.. Typed(token).Select(t => Prefix.Of<RegisteredCertificate>(c => c.Token!.SerialNumber, t))])));
        }

        return ways;
    }

    // Identifiers and the numbers of tokens tell capitals from small letters, people do not.
    private static IEnumerable<string> Typed(string text) => new[] { text, text.ToUpperInvariant() }.Distinct();

    private static SearchWay OfName(RaDbContext db, SearchText text)
    {
        // Capitals and small letters are compared only where there are any: a plain comparison is one that the planner has numbers about.
#pragma warning disable CA1304, CA1311, CA1862 // this is SQL's lower(); a comparison without regard to case has no translation
        var conditions = text.Words.Select(word => word.Any(char.IsAsciiLetter)
            ? (Expression<Func<Subscriber, bool>>)(s => s.DisplayName.ToLower().Contains(word)) : s => s.DisplayName.Contains(word)).ToList();
#pragma warning restore CA1304, CA1311, CA1862
        var matches = Conditions.All(conditions);
        if (db.Database.IsSqlite())
        {
            var match = text.Match();
            return new(all => db.Database.SqlQuery<long>($"select rowid as \"Value\" from subscriber_names where subscriber_names match {match}")
                .Join(all, id => id, s => s.Id, (id, s) => s).Where(matches).Select(s => s.Id), matches);
        }

        var grams = text.Words.SelectMany(SearchText.Grams).Distinct().ToArray();
        return new(all => all.Where(s => SubscriberIndexes.NameHas(s.DisplayName, grams)).Where(matches).Select(s => s.Id), matches);
    }

    private static SearchWay OfColumn(Expression<Func<Subscriber, string?>> column, string prefix)
    {
        var matches = Prefix.Of(column, prefix);
        return new(all => all.Where(matches).Select(s => s.Id), matches);
    }

    private static SearchWay OfCertificate(RaDbContext db, Expression<Func<RegisteredCertificate, bool>> condition) => new(
        all => db.Certificates.Where(condition).Join(all, c => c.SubscriberId, s => s.Id, (c, s) => s.Id).Distinct(),
        s => db.Certificates.Where(condition).Any(c => c.SubscriberId == s.Id));
}
