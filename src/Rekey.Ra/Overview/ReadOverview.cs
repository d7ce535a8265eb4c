using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Renewal;
using Rekey.Ra.Cmp;
using Rekey.Ra.Operators;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Overview;

/// <summary>What the overview shows, as far as the store knows it.</summary>
/// <param name="Weeks">Certificates in use that expire in each of the coming weeks; the first begins today.</param>
/// <param name="FirstDay">Today, in the institution's zone.</param>
/// <param name="RenewedToday">Renewals that the CA confirmed today.</param>
/// <param name="Due">In use, and can be renewed by their holders before they expire: inside the window, not renewed.</param>
/// <param name="Expired">Expired, and can still be renewed by their holders.</param>
/// <param name="DueDays">Days before expiry from which on one is due.</param>
/// <param name="LateDays">Days after expiry until which it can be renewed.</param>
/// <param name="Failures">Visits of the last seven days that a problem stopped, by its number, most frequent first; of the whole service.</param>
internal sealed record OverviewFigures(
    IReadOnlyList<int> Weeks, DateOnly FirstDay, int RenewedToday, int Due, int Expired, int DueDays, int LateDays, IReadOnlyList<(int Number, int Count)> Failures);

/// <summary>
/// Counts what operators look at first. Holders' certificates count once, a pair by its signing half. The figures of a scope are kept for
/// <see cref="Kept"/>: they need all certificates of a year, and an overview is opened often.
/// </summary>
internal sealed class ReadOverview(IDbContextFactory<RaDbContext> contexts, RaOptions options, TimeProvider time)
{
    /// <summary>Weeks shown: a year.</summary>
    public const int WeekCount = 52;

    /// <summary>How old the figures may be.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private const int DaysOfFailures = 7;

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, OverviewFigures Figures)> kept = new();

    /// <summary>The figures of a scope.</summary>
    public async Task<OverviewFigures> ReadAsync(OperatorScope scope, CancellationToken cancel)
    {
        var (key, now) = (scope.ToString(), time.GetUtcNow());
        if (kept.TryGetValue(key, out var known) && now - known.At < Kept)
        {
            return known.Figures;
        }

        foreach (var old in kept.Where(k => now - k.Value.At >= Kept))
        {
            kept.TryRemove(old);
        }

        var figures = await CountAsync(scope, now, cancel);
        kept[key] = (now, figures);
        return figures;
    }

    /// <summary>Requests of a scope that wait for somebody, and since when the oldest does.</summary>
    public async Task<(int Count, DateTimeOffset? Oldest)> WaitingAsync(OperatorScope scope, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var people = db.Subscribers.Where(scope.Filter());
        var received = await db.WaitingRequests.Where(w => w.Decision == Decision.Waiting && people.Any(s => s.Id == w.Reference.SubscriberId))
            .Select(w => w.ReceivedAt).ToListAsync(cancel);
        return (received.Count, received.Count == 0 ? null : received.Min());
    }

    private async Task<OverviewFigures> CountAsync(OperatorScope scope, DateTimeOffset now, CancellationToken cancel)
    {
        var zone = options.Institution.Zone();
        var today = RenewalWindow.CalendarDay(now, zone);
        var rule = options.Renewal.For("default");
        var (midnight, late, lastDay) = (Midnight(today), Midnight(today.AddDays(-rule.DaysAfter)), Midnight(today.AddDays(7 * WeekCount)));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var people = db.Subscribers.Where(scope.Filter());
        var mine = scope.IsAll ? db.Certificates : db.Certificates.Where(c => people.Any(s => s.Id == c.SubscriberId));
        var expiries = mine.Where(c => c.State == CertificateState.Active && c.PairOfId == null && c.NotAfter >= late && c.NotAfter < lastDay).Select(c => c.NotAfter).AsAsyncEnumerable();
        var (weeks, due, expired) = (new int[WeekCount], 0, 0);
        await foreach (var notAfter in expiries.WithCancellation(cancel))
        {
            // By the hour of today's midnight: a zone with summer time moves a border by one hour, which no week is judged by.
            var days = (int)Math.Floor((notAfter - midnight).TotalDays);
            expired += notAfter < now ? 1 : 0;
            due += notAfter >= now && days <= rule.DaysBefore ? 1 : 0;
            if (days >= 0)
            {
                weeks[Math.Min(days / 7, WeekCount - 1)]++;
            }
        }

        var renewed = await db.Renewals.CountAsync(
            r => r.State == RenewalState.Confirmed && r.EndedAt >= midnight && mine.Any(c => c.Id == r.OldCertificateId), cancel);
        return new(weeks, today, renewed, due, expired, rule.DaysBefore, rule.DaysAfter, await FailuresAsync(db, now, cancel));

        DateTimeOffset Midnight(DateOnly day)
        {
            var local = day.ToDateTime(TimeOnly.MinValue);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }
    }

    private static async Task<IReadOnlyList<(int Number, int Count)>> FailuresAsync(RaDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        var since = now.AddDays(-DaysOfFailures);
        // The discriminator comes first in what the bridge writes.
        var failed = await db.SessionEvents.Where(e => e.At >= since && e.Json.StartsWith("{\"type\":\"failed\"")).Select(e => e.Json).ToListAsync(cancel);
        return
        [
            .. failed.Select(j => JsonSerializer.Deserialize(j, BridgeJson.Default.SessionEvent)).OfType<FailedEvent>()
                .GroupBy(e => e.Problem.Number).Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2).ThenBy(g => g.Key),
        ];
    }
}
