using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>A session as a page reads it.</summary>
internal sealed record SessionSnapshot(SessionKey Key, Session Session, SessionProgress Progress);

/// <summary>A certificate as a page shows it: one card.</summary>
/// <param name="Facts">The signing certificate.</param>
/// <param name="Token">Where it is; null when read from the RA's own records.</param>
/// <param name="HasEncryption">An encryption certificate of the same holder is on the same token.</param>
/// <param name="Window">When it can be renewed.</param>
/// <param name="Issued">Its first day.</param>
/// <param name="Today">The institution's date.</param>
/// <param name="Refusal">Why it cannot be renewed now; null when it can.</param>
/// <param name="Resumable">A renewal of it waits to be gone on with.</param>
/// <param name="Forecast">What renewing it now would bring.</param>
/// <param name="ContactName">Who handles the key, from the RA's record.</param>
internal sealed record CertificateCard(
    CertificateFacts Facts, TokenSummary? Token, bool HasEncryption, RenewalWindow Window, DateOnly Issued, DateOnly Today,
    Problem? Refusal, bool Resumable, RenewalForecast Forecast, string? ContactName)
{
    /// <summary>Days until expiry; negative after it.</summary>
    public int DaysLeft => Window.Expires.DayNumber - Today.DayNumber;

    /// <summary>Of another CA, or unknown here: listed apart.</summary>
    public bool IsOfOthers => Refusal?.Number == Problems.ForeignIssuer().Number;
}

/// <summary>Reads sessions and certificates for the pages.</summary>
internal sealed class SessionReader(
    BrowserGuard guard, EventPoll poll, SessionStore sessions, IDbContextFactory<RaDbContext> contexts, RenewalCases cases, RaOptions options, TimeProvider time)
{
    // For certificates that are read from our own records.
    private static readonly TokenSummary NoToken = new("", "", "", "", "", "");

    /// <summary>The session of the request's cookie; null when there is none.</summary>
    public async Task<SessionSnapshot?> FindAsync(HttpContext context)
    {
        if (await guard.FindAsync(context) is not { } found)
        {
            return null;
        }

        var session = await poll.NoticeSilenceAsync(found.Key.Id, context.RequestAborted) ?? found.Session;
        var events = await sessions.EventsAsync(found.Key.Id, 0, context.RequestAborted);
        return new(found.Key, session, SessionProgress.Of(events));
    }

    /// <summary>The signing certificates that the agent listed, most urgent first, those that cannot be renewed last.</summary>
    public async Task<IReadOnlyList<CertificateCard>> CardsAsync(SessionSnapshot snapshot, CancellationToken cancel)
    {
        if (snapshot.Progress.Keys is not { } keys)
        {
            return [];
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        var listed = keys.Certificates
            .Select(c => (Facts: CertificateFacts.Read(Convert.FromBase64String(c.Der)), Token: keys.Tokens[c.Token]))
            .Where(l => l.Facts is not null).Select(l => (Facts: l.Facts!, l.Token)).ToList();
        var cards = new List<CertificateCard>();
        foreach (var (facts, token) in listed.Where(l => l.Facts.Signs).DistinctBy(l => (l.Facts.Sha256Hex, l.Token)))
        {
            var hasEncryption = listed.Any(l => !l.Facts.Signs && l.Token == token && l.Facts.Subject.AsSpan().SequenceEqual(facts.Subject));
            cards.Add(await CardAsync(db, snapshot.Progress.Wish(snapshot.Session.Id, facts.Sha256Hex)!, hasEncryption, cancel));
        }

        return [.. cards.OrderBy(c => c.Refusal is null ? 0 : c.IsOfOthers ? 2 : 1).ThenBy(c => c.Facts.NotAfter)];
    }

    /// <summary>The card of one certificate that the agent listed.</summary>
    public async Task<CertificateCard?> CardAsync(SessionSnapshot snapshot, string certSha256, CancellationToken cancel) =>
        (await CardsAsync(snapshot, cancel)).FirstOrDefault(c => c.Facts.Sha256Hex == certSha256);

    /// <summary>The new certificate of a renewal or download, from the RA's own records; null before the CA has issued it.</summary>
    public async Task<CertificateCard?> NewCertificateAsync(string renewalId, CancellationToken cancel)
    {
        var id = Convert.FromHexString(renewalId);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var brought = await db.Renewals.Where(r => r.RenewalId == id).SelectMany(r => r.NewCertificates).OrderBy(c => c.Ordinal)
            .Select(c => c.Certificate.Der).ToListAsync(cancel);
        if (brought.Count == 0)
        {
            brought = await db.Downloads.Where(d => d.DownloadId == id).SelectMany(d => d.Certificates).OrderBy(c => c.Ordinal)
                .Select(c => c.Certificate.Der).ToListAsync(cancel);
        }

        return brought.Count == 0 ? null : await CardAsync(db, new RenewalWish("", CertificateFacts.Read(brought[0])!, NoToken, []), brought.Count > 1, cancel);
    }

    private async Task<CertificateCard> CardAsync(RaDbContext db, RenewalWish wish, bool hasEncryption, CancellationToken cancel)
    {
        var zone = options.Institution.Zone();
        var now = time.GetUtcNow();
        var facts = wish.Certificate;
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        return new(
            facts, wish.Token == NoToken ? null : wish.Token, hasEncryption,
            RenewalWindow.Of(facts.NotAfter, judgement.Rule.Window, zone),
            RenewalWindow.CalendarDay(facts.NotBefore, zone),
            RenewalWindow.CalendarDay(now, zone),
            judgement.Refusal,
            judgement.Current is not null && judgement.Refusal is null,
            RenewalForecast.Of(facts.NotAfter, judgement.Rule, now, zone),
            judgement.Case.Record?.Subscriber.ContactName);
    }
}
