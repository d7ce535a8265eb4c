using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>Who wants to renew what, on which token.</summary>
/// <param name="SessionId">The session that asks.</param>
/// <param name="Certificate">The certificate to renew.</param>
/// <param name="Token">The token that it is on.</param>
/// <param name="Pending">RenewalIds, lower-case hex, of the pending keys that the agent found on that token.</param>
internal sealed record RenewalWish(string SessionId, CertificateFacts Certificate, TokenSummary Token, IReadOnlyCollection<string> Pending)
{
    /// <summary>SHA-256, lower-case hex, of the certificates that the agent found on that token.</summary>
    public IReadOnlyCollection<string> OnToken { get; init; } = [];
}

/// <summary>What became of a wish.</summary>
/// <param name="Case">The facts and records.</param>
/// <param name="Rule">The rule of the certificate's profile.</param>
/// <param name="Current">The renewal of this certificate that is open or confirmed; null when there is none.</param>
/// <param name="Refusal">Why the wish is refused; null when a renewal may begin, or <paramref name="Current"/> may be gone on with.</param>
internal sealed record RenewalJudgement(RenewalCase Case, ProfileRule Rule, RenewalRecord? Current, Problem? Refusal);

/// <summary>Loads what <see cref="RenewalRule"/> decides on, and asks it. Lists, pre-flight and start all judge here, so they agree.</summary>
internal sealed class RenewalCases(RaOptions options, FreshStatus status, TimeProvider time)
{
    /// <summary>How long a session is taken to be at work after its agent was last heard of: a poll of 25 s and its delays.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);

    private readonly TimeZoneInfo zone = options.Institution.Zone();

    /// <summary>The institution's date.</summary>
    internal DateOnly Today => RenewalWindow.CalendarDay(time.GetUtcNow(), zone);

    /// <summary>Judges a wish as things stand now.</summary>
    public async Task<RenewalJudgement> JudgeAsync(RaDbContext db, RenewalWish wish, CancellationToken cancel)
    {
        var c = await LoadAsync(db, wish.Certificate, cancel);
        var rule = options.Renewal.For(c.Record?.Profile ?? "default");
        var current = await CurrentAsync(db, c, cancel);
        return new(c, rule, current, current is null ? await DecideNewAsync(db, c, rule, wish, cancel) : await DecideCurrentAsync(db, c, rule, current, wish, cancel));
    }

    /// <summary>Judges the request of a CMP client, of whose key's whereabouts nothing is known. A renewal under way is the CA's to judge.</summary>
    public async Task<RenewalJudgement> JudgeClientAsync(RaDbContext db, CertificateFacts certificate, CancellationToken cancel)
    {
        var c = await LoadAsync(db, certificate, cancel);
        var rule = options.Renewal.For(c.Record?.Profile ?? "default");
        var current = await CurrentAsync(db, c, cancel);
        return new(c, rule, current, current is null ? RenewalRule.Decide(c, rule, time.GetUtcNow(), zone) : null);
    }

    private static async Task<RenewalRecord?> CurrentAsync(RaDbContext db, RenewalCase c, CancellationToken cancel) =>
        c.Record is null ? null : await db.Renewals.AsNoTracking()
            .SingleOrDefaultAsync(r => r.OldCertificateId == c.Record.Id && r.State != RenewalState.Ended, cancel);

    private async Task<RenewalCase> LoadAsync(RaDbContext db, CertificateFacts facts, CancellationToken cancel)
    {
        var record = await db.Certificates.AsNoTracking().Include(c => c.Subscriber).Include(c => c.Issuer)
            .SingleOrDefaultAsync(c => c.Sha256 == facts.Sha256, cancel);
        if (record is null)
        {
            return new(facts, await db.Issuers.AnyAsync(i => i.Name == facts.Issuer, cancel), null, null, null);
        }

        await status.RefreshAsync(db, record, cancel);
        var successor = record.State != CertificateState.Superseded ? null : await db.Certificates
            .Where(c => c.RenewedFromId == record.Id && c.State != CertificateState.Unconfirmed)
            .OrderBy(c => c.Id).Select(c => c.Serial).FirstOrDefaultAsync(cancel);
        return new(facts, true, record, successor, null) { Needs = await db.NeedsOfPairAsync(record.Id, Today, cancel) };
    }

    private async Task<Problem?> DecideNewAsync(RaDbContext db, RenewalCase c, ProfileRule rule, RenewalWish wish, CancellationToken cancel) =>
        RenewalRule.Decide(c, rule, time.GetUtcNow(), zone)
        ?? RenewalRule.DecideToken(wish.Token, await db.TokenModels.AsNoTracking().ToListAsync(cancel));

    private async Task<Problem?> DecideCurrentAsync(
        RaDbContext db, RenewalCase c, ProfileRule rule, RenewalRecord current, RenewalWish wish, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (RenewalRule.DecideResume(c, now, zone) is { } refusal)
        {
            return refusal;
        }

        // Confirmed, and the old pair stays: nothing is left to do, though its key is there for the journal to find.
        if (wish.Pending.Contains(Convert.ToHexStringLower(current.RenewalId)) && (current.State == RenewalState.Open || current.Tidies))
        {
            return null;
        }

        return current.State == RenewalState.Confirmed
            ? RenewalRule.Decide(c, rule, now, zone) ?? Problems.AlreadyRenewed(c.SuccessorSerial ?? "?")
            : current.SessionId == wish.SessionId || await MayTakeOverAsync(db, current, wish, now, cancel)
                ? null
                : Problems.RenewalUnderWay(Local(current.StartedAt));
    }

    // Without the pending key, only the same token may go on, and only when nobody is at it any more. The agent looks for the key
    // again after login; when it is not there, the CA hears of a new key under the same renewalId and ends the first.
    private static async Task<bool> MayTakeOverAsync(RaDbContext db, RenewalRecord current, RenewalWish wish, DateTimeOffset now, CancellationToken cancel)
    {
        var sameToken = current.Token == new TokenIdentityColumns(wish.Token.Driver, wish.Token.Manufacturer, wish.Token.Model, wish.Token.SerialNumber);
        var heardSince = now - Silence;
        return sameToken && !await db.Sessions.AnyAsync(s => s.Id == current.SessionId && !s.Ended && s.AgentSeenAt > heardSince, cancel);
    }

    /// <summary>An instant as a holder reads it: in the institution's zone.</summary>
    internal string Local(DateTimeOffset instant) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
