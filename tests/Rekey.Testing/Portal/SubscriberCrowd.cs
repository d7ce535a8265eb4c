using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Search;

namespace Rekey.Testing.Portal;

/// <summary>Many made-up subscribers, always the same ones, and who of them a search must find, worked out row by row.</summary>
internal sealed class SubscriberCrowd
{
    private static readonly string[] Places = ["云泽市", "临溪县", "北岗区", "白鹭市", "云州省云泽市", "𠮷泽镇"];
    private static readonly string[] Kinds = ["第{0}人民医院", "第{0}中学", "图书馆", "水利局", "KTV{0}娱乐有限公司", "鑫{0}商贸有限公司", "（集团）第{0}分公司", "水"];
    private static readonly string[] People = ["王秀兰", "李明", "张丽", "欧阳明"];

    // A search that tells nothing from its neighbours proves nothing: each of these finds some and not all.
    private static readonly string[] Texts =
    [
        "", "市", "云泽", "云泽市", "泽市第", "医院", "水", "ktv", "KTV1", "公司 云泽", "集团 第1", "𠮷", "𠮷泽", "第13", "李", "欧阳明", "无此单位", "院医",
        "U-0", "u-00", "12370", "1299", "370", "0000-86", "0000 8600 1", "000086", "5A00", "5A00 0000 01", "T1", "HT0", "ht00", "'", "%", "_", "\"", "*", "a' or 1", "\uFFFD",
    ];

    private readonly List<(Subscriber Subscriber, List<RegisteredCertificate> Certificates)> all = [];

    public static DateTimeOffset Now { get; } = DemoPki.Day("2026-11-24");

    /// <summary>Registers them.</summary>
    public static async Task<SubscriberCrowd> RegisterAsync(PortalHost portal, int count)
    {
        var crowd = new SubscriberCrowd();
        var random = new Random(5);
        await using var db = await portal.DatabaseAsync();
        var issuer = new CertificateIssuer { Name = [1], DisplayName = "云泽市 CA" };
        for (var i = 0; i < count; i++)
        {
            crowd.Add(random, i, issuer);
        }

        db.Subscribers.AddRange(crowd.all.Select(s => s.Subscriber));
        db.Certificates.AddRange(crowd.all.SelectMany(s => s.Certificates));
        await db.SaveChangesAsync();
        return crowd;
    }

    /// <summary>Asks many questions, reads all pages of each in both directions, and compares.</summary>
    /// <param name="portal">Where they are registered.</param>
    /// <param name="limits">How far to count, so that rare and common things are both met.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>What differs.</returns>
    public async Task<IReadOnlyList<string>> CompareAsync(PortalHost portal, IReadOnlyList<int> limits, CancellationToken cancel)
    {
        var random = new Random(6);
        var findings = new List<string>();
        foreach (var text in Texts)
        {
            foreach (var limit in limits)
            {
                var find = new FindSubscribers(portal.Services.GetRequiredService<IDbContextFactory<RaDbContext>>()) { Limit = limit };
                var (query, scope) = Question(random, text);
                var expected = Expected(query, scope).Select(s => s.StableId).ToList();
                var (forwards, backwards, total) = await ReadAsync(find, query, scope, cancel);
                var name = $"{query} in {scope}, counting to {limit}";
                Compare(findings, name, expected, forwards);
                Compare(findings, $"{name}, backwards", expected, backwards);
                if (total != new BoundedCount(Math.Min(expected.Count, limit), expected.Count > limit))
                {
                    findings.Add($"{name}: {total} instead of {expected.Count}");
                }
            }
        }

        return findings;
    }

    private static void Compare(List<string> findings, string name, List<string> expected, List<string> found)
    {
        if (!expected.SequenceEqual(found))
        {
            findings.Add($"{name}: expected {expected.Count} ({string.Join(' ', expected.Except(found).Take(5))}), found {found.Count} ({string.Join(' ', found.Except(expected).Take(5))})");
        }
    }

    private static async Task<(List<string> Forwards, List<string> Backwards, BoundedCount Total)> ReadAsync(FindSubscribers find, SubscriberQuery query, OperatorScope scope, CancellationToken cancel)
    {
        var page = await find.FindAsync(query, scope, cancel);
        var (total, last) = (page.Total, page);
        var forwards = page.Items.Select(i => i.StableId).ToList();
        while (page.Next is { } next)
        {
            page = last = await find.FindAsync(query with { Cursor = next }, scope, cancel);
            forwards.AddRange(page.Items.Select(i => i.StableId));
        }

        var backwards = last.Items.Select(i => i.StableId).ToList();
        var behind = page;
        while (behind.Previous is { } previous)
        {
            behind = await find.FindAsync(query with { Cursor = previous, Backwards = true }, scope, cancel);
            // The first page is made whole, and so has rows that were there already.
            backwards.InsertRange(0, behind.Items.Select(i => i.StableId).Except(backwards).ToList());
        }

        return (forwards, backwards, total);
    }

    private static (SubscriberQuery Query, OperatorScope Scope) Question(Random random, string text)
    {
        bool Sometimes() => random.Next(4) == 0;
        string[] scopes = ["all", "all", "all", "37", "3701", "370102 990100", "12370100MB1234562C 9901"];
        var query = new SubscriberQuery
        {
            Text = text,
            State = Sometimes() ? (SubscriberState)random.Next(2) : null,
            Kind = Sometimes() ? (SubscriberKind)random.Next(2) : null,
            Institution = Sometimes() && Sometimes() ? "12370100MB1234562C" : null,
            ExpiresFrom = Sometimes() ? Now.AddDays(-300) : null,
            ExpiresBefore = Sometimes() ? Now.AddDays(90) : null,
            TokenModel = Sometimes() ? "HT-1" : null,
            Sort = (SubscriberSort)random.Next(3),
            Descending = random.Next(2) == 0,
            Size = random.Next(3, 40),
        };
        return (query, OperatorScope.Parse(scopes[random.Next(scopes.Length)]));
    }

    private IEnumerable<Subscriber> Expected(SubscriberQuery q, OperatorScope scope)
    {
        var text = SearchText.Read(q.Text);
        var hits = all.Where(s => scope.Contains(s.Subscriber.CreditCode)
            && (q.State is null || s.Subscriber.State == q.State)
            && (q.Kind is null || s.Subscriber.Kind == q.Kind)
            && (q.Institution is null || s.Subscriber.CreditCode == q.Institution)
            && (q.ExpiresFrom is null || Expiry(s.Certificates) >= q.ExpiresFrom)
            && (q.ExpiresBefore is null || Expiry(s.Certificates) < q.ExpiresBefore)
            && (q.TokenModel is null || s.Certificates.Exists(c => c.Token?.Model == q.TokenModel && c.State is CertificateState.Active or CertificateState.Held))
            && (text is null || Matches(text, s.Subscriber, s.Certificates)));
        IComparer<string?> comparer = StringComparer.Ordinal;
        var keyed = hits.Select(s => (s.Subscriber, Key: q.Sort switch
        {
            SubscriberSort.Name => Utf8Order(s.Subscriber.DisplayName),
            SubscriberSort.CreditCode => s.Subscriber.CreditCode,
            _ => Expiry(s.Certificates)?.UtcTicks.ToString("D20", CultureInfo.InvariantCulture),
        }));
        var ordered = keyed.OrderBy(k => k.Key is null);
        return (q.Descending ? ordered.ThenByDescending(k => k.Key, comparer).ThenByDescending(k => k.Subscriber.Id) : ordered.ThenBy(k => k.Key, comparer).ThenBy(k => k.Subscriber.Id))
            .Select(k => k.Subscriber);
    }

    // Code points beyond the first 65,536 come last in a database, and in the middle of .NET's order.
    private static string Utf8Order(string name) => string.Concat(name.EnumerateRunes().Select(r => r.Value.ToString("X6", CultureInfo.InvariantCulture)));

    private static DateTimeOffset? Expiry(List<RegisteredCertificate> certificates) =>
        certificates.Where(c => c.PairOfId is null && c.State is CertificateState.Active or CertificateState.Held).Max(c => (DateTimeOffset?)c.NotAfter);

    private static bool Matches(SearchText text, Subscriber s, List<RegisteredCertificate> certificates)
    {
        static bool Starts(string? value, string? prefix) => prefix is not null && value is not null && value.StartsWith(prefix, StringComparison.Ordinal);
        return text.Words.All(w => SearchText.Small(s.DisplayName).Contains(w, StringComparison.Ordinal))
            || Starts(s.ContactName, text.Contact) || Starts(s.StableId, text.Identifier) || Starts(s.StableId, text.Identifier?.ToUpperInvariant()) || Starts(s.CreditCode, text.CreditCode)
            || Starts(s.ContactPhone?.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), text.Phone)
            || certificates.Exists(c => Starts(c.Serial, text.Serial) || Starts(c.Token?.SerialNumber, text.TokenSerial) || Starts(c.Token?.SerialNumber, text.TokenSerial?.ToUpperInvariant()));
    }

    private void Add(Random random, int i, CertificateIssuer issuer)
    {
        T One<T>(params T[] some) => some[random.Next(some.Length)];
        var subscriber = new Subscriber
        {
            Kind = One(SubscriberKind.Organisation, SubscriberKind.Organisation, SubscriberKind.Person),
            StableId = $"U-{i:D4}",
            CreditCode = One("12370100MB1234562C", "12370102MB1234562A", "12990100MB1234562B", "12110101MB1234562D", null),
            DisplayName = One(Places) + string.Format(CultureInfo.InvariantCulture, One(Kinds), random.Next(1, 40)),
            ContactName = One(People),
            ContactPhone = One($"0000-8600 {i:D4}", null),
            State = One(SubscriberState.Registered, SubscriberState.Registered, SubscriberState.Registered, SubscriberState.Cancelled),
            RegisteredAt = Now,
        };
        var certificates = Enumerable.Range(0, random.Next(3)).Select(n => new RegisteredCertificate
        {
            Sha256 = RandomNumberGenerator.GetBytes(32),
            Der = [1],
            Issuer = issuer,
            Serial = $"5A{i:X6}{n:X2}",
            SpkiSha256 = [1],
            NotBefore = Now.AddYears(-4),
            NotAfter = Now.AddDays(random.Next(-500, 1000)),
            Subscriber = subscriber,
            Profile = "default",
            State = One(Enum.GetValues<CertificateState>()),
            Token = One(new TokenIdentityColumns("skf", "海泰", One("HT-1", "HT-2"), $"HT{i:X4}{n}"), null),
        }).ToList();
        all.Add((subscriber, certificates));
    }
}
