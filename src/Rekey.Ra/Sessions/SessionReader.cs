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
/// <param name="Forecast">What renewing it now would bring.</param>
/// <param name="ContactName">Who handles the key, from the RA's record.</param>
internal sealed record CertificateCard(
    CertificateFacts Facts, TokenSummary? Token, bool HasEncryption, RenewalWindow Window, DateOnly Issued, DateOnly Today,
    Problem? Refusal, RenewalForecast Forecast, string? ContactName)
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
    public async Task<IReadOnlyList<CertificateCard>> CardsAsync(SessionProgress progress, CancellationToken cancel)
    {
        if (progress.Keys is not { } keys)
        {
            return [];
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        var listed = keys.Certificates.Select(c => (Facts: CertificateFacts.Read(Convert.FromBase64String(c.Der))!, Token: keys.Tokens[c.Token])).ToList();
        var cards = new List<CertificateCard>();
        foreach (var (facts, token) in listed.Where(l => l.Facts.Signs).DistinctBy(l => (l.Facts.Sha256Hex, l.Token)))
        {
            var hasEncryption = listed.Any(l => !l.Facts.Signs && l.Token == token && l.Facts.Subject.AsSpan().SequenceEqual(facts.Subject));
            cards.Add(await CardAsync(db, facts, token, hasEncryption, cancel));
        }

        return [.. cards.OrderBy(c => c.Refusal is null ? 0 : c.IsOfOthers ? 2 : 1).ThenBy(c => c.Facts.NotAfter)];
    }

    /// <summary>The card of one certificate that the agent listed.</summary>
    public async Task<CertificateCard?> CardAsync(SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        if (progress.Find(certSha256) is not { } found)
        {
            return null;
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await CardAsync(db, found.Certificate, found.Token, false, cancel);
    }

    /// <summary>The card of a certificate in the RA's records, for example a new one.</summary>
    public async Task<CertificateCard?> RecordedAsync(string certSha256, CancellationToken cancel)
    {
        var sha256 = Convert.FromHexString(certSha256);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var der = await db.Certificates.Where(c => c.Sha256 == sha256).Select(c => c.Der).SingleOrDefaultAsync(cancel);
        return der is null ? null : await CardAsync(db, CertificateFacts.Read(der)!, null, false, cancel);
    }

    /// <summary>The new certificate of a renewal; null before the CA has issued it.</summary>
    public async Task<CertificateCard?> NewCertificateAsync(string renewalId, CancellationToken cancel)
    {
        var id = Convert.FromHexString(renewalId);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var der = await db.Renewals.Where(r => r.RenewalId == id).SelectMany(r => r.NewCertificates).OrderBy(c => c.Ordinal)
            .Select(c => c.Certificate.Der).FirstOrDefaultAsync(cancel);
        return der is null ? null : await CardAsync(db, CertificateFacts.Read(der)!, null, false, cancel);
    }

    private async Task<CertificateCard> CardAsync(RaDbContext db, CertificateFacts facts, TokenSummary? token, bool hasEncryption, CancellationToken cancel)
    {
        var zone = options.Institution.Zone();
        var now = time.GetUtcNow();
        var c = await RenewalCases.LoadAsync(db, facts, cancel);
        var rule = cases.RuleOf(c);
        return new(
            facts, token, hasEncryption,
            RenewalWindow.Of(facts.NotAfter, rule.Window, zone), RenewalWindow.CalendarDay(facts.NotBefore, zone), RenewalWindow.CalendarDay(now, zone),
            RenewalRule.Decide(c, rule, now, zone),
            RenewalForecast.Of(facts.NotAfter, rule, now, zone),
            c.Record?.Subscriber.ContactName);
    }
}
