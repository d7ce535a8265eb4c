using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;

namespace Rekey.Ra.Renewal;

/// <summary>Who wants to renew what, on which token.</summary>
/// <param name="SessionId">The session that asks.</param>
/// <param name="Certificate">The certificate to renew.</param>
/// <param name="Token">The token that it is on.</param>
/// <param name="Pending">RenewalIds, lower-case hex, of the pending keys that the agent found on that token.</param>
internal sealed record RenewalWish(string SessionId, CertificateFacts Certificate, TokenSummary Token, IReadOnlyCollection<string> Pending);

/// <summary>
/// Records the intent to renew, before the agent does anything that cannot be undone, or finds the intent that is already there.
/// Eligibility is decided here, once; it holds until the renewal ends.
/// </summary>
internal sealed class StartRenewal(IDbContextFactory<RaDbContext> contexts, RenewalCases cases, RaOptions options, TimeProvider time)
{
    /// <summary>How long a session is taken to be at work after its agent was last heard of.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);

    /// <summary>The command for the agent: a new renewal, or the one to go on with.</summary>
    /// <exception cref="ProblemException">The rule's refusal, or RK-3006 when someone else is at it.</exception>
    public async Task<RenewCommand> StartAsync(RenewalWish wish, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var c = await RenewalCases.LoadAsync(db, wish.Certificate, cancel);
        var record = await FindCurrentAsync(db, c, cancel);
        record = record is null
            ? await RecordIntentAsync(db, c, wish, cancel)
            : await ResumeAsync(db, c, record, wish, cancel);

        return new RenewCommand(
            wish.Certificate.Sha256Hex,
            Convert.ToHexStringLower(record.RenewalId),
            Convert.ToBase64String(c.Record!.Subscriber.Subject ?? wish.Certificate.Subject),
            record.KeyType,
            record.Retire);
    }

    private static async Task<RenewalRecord?> FindCurrentAsync(RaDbContext db, RenewalCase c, CancellationToken cancel) =>
        c.Record is null ? null : await db.Renewals.AsNoTracking()
            .SingleOrDefaultAsync(r => r.OldCertificateId == c.Record.Id && r.State != RenewalState.Ended, cancel);

    /// <summary>
    /// The renewal that a CMP client without a page belongs to: the one under way, or a new one that begins with the client's own
    /// transaction. Whether the client's key is the one under way, the CA finds out.
    /// </summary>
    /// <param name="certificate">The certificate that signs the request.</param>
    /// <param name="transactionId">16 octets; becomes the renewalId of a new renewal.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">The rule's refusal.</exception>
    public async Task<RenewalRecord> ForClientAsync(CertificateFacts certificate, byte[] transactionId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var c = await RenewalCases.LoadAsync(db, certificate, cancel);
        return await FindCurrentAsync(db, c, cancel) ?? await NewIntentAsync(db, c, null, null, transactionId, cancel)
            ?? await FindCurrentAsync(db, c, cancel) ?? throw new ProblemException(Problems.RenewalEnded());
    }

    private async Task<RenewalRecord> RecordIntentAsync(RaDbContext db, RenewalCase c, RenewalWish wish, CancellationToken cancel)
    {
        if (await NewIntentAsync(db, c, wish.SessionId, wish.Token, RandomNumberGenerator.GetBytes(16), cancel) is { } record)
        {
            return record;
        }

        // Two at once: the constraint let the other one in. It may be our own first try, whose answer was lost.
        var winner = await FindCurrentAsync(db, c, cancel) ?? throw new ProblemException(Problems.RenewalEnded());
        return await ResumeAsync(db, c, winner, wish, cancel);
    }

    // Null when another renewal of the same certificate came first.
    private async Task<RenewalRecord?> NewIntentAsync(
        RaDbContext db, RenewalCase c, string? sessionId, TokenSummary? token, byte[] renewalId, CancellationToken cancel)
    {
        var rule = cases.RuleOf(c);
        var designated = await db.TokenModels.AsNoTracking().ToListAsync(cancel);
        var refusal = RenewalRule.Decide(c, rule, time.GetUtcNow(), options.Institution.Zone())
            ?? (token is null ? null : RenewalRule.DecideToken(token, designated));
        if (refusal is not null)
        {
            throw new ProblemException(refusal);
        }

        var record = new RenewalRecord
        {
            RenewalId = renewalId,
            OldCertificateId = c.Record!.Id,
            SessionId = sessionId,
            State = RenewalState.Open,
            StartedAt = time.GetUtcNow(),
            KeyType = rule.KeyType,
            Retire = rule.RetireAtConfirmation,
            Token = token is null ? new("cmp", "", "", "") : new(token.Driver, token.Manufacturer, token.Model, token.SerialNumber),
        };
        db.Renewals.Add(record);
        try
        {
            // COMMIT of the intent. A crash after it leaves a row that the same token resumes, or that ends itself.
            await db.SaveChangesAsync(cancel);
            return record;
        }
        catch (DbUpdateException)
        {
            db.ChangeTracker.Clear();
            if (await FindCurrentAsync(db, c, cancel) is null)
            {
                throw;
            }

            return null;
        }
    }

    private async Task<RenewalRecord> ResumeAsync(RaDbContext db, RenewalCase c, RenewalRecord current, RenewalWish wish, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var zone = options.Institution.Zone();
        var pending = wish.Pending.Contains(Convert.ToHexStringLower(current.RenewalId));
        if (RenewalRule.DecideResume(c, now, zone) is { } refusal)
        {
            throw new ProblemException(refusal);
        }

        if (current.State == RenewalState.Confirmed && !pending)
        {
            throw new ProblemException(RenewalRule.Decide(c, cases.RuleOf(c), now, zone) ?? Problems.AlreadyRenewed(c.SuccessorSerial ?? "?"));
        }

        var mine = current.SessionId == wish.SessionId;
        if (!mine && !pending && !await MayTakeOverAsync(db, current, wish, now, cancel))
        {
            throw new ProblemException(RenewalRule.Decide(c with { UnderWaySince = current.StartedAt }, cases.RuleOf(c), now, zone)!);
        }

        if (!mine)
        {
            var taken = await db.Renewals
                .Where(r => r.Id == current.Id && r.SessionId == current.SessionId)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.SessionId, wish.SessionId), cancel);
            if (taken == 0)
            {
                throw new ProblemException(Problems.RenewalUnderWay(TimeZoneInfo.ConvertTime(current.StartedAt, zone).ToString("O")));
            }
        }

        return current;
    }

    // Without the pending key, only the same token may go on, and only when nobody is at it any more. The agent looks for the key
    // again after login; when it is not there, the CA hears of a new key under the same renewalId and ends the first.
    private static async Task<bool> MayTakeOverAsync(RaDbContext db, RenewalRecord current, RenewalWish wish, DateTimeOffset now, CancellationToken cancel)
    {
        var sameToken = current.Token == new TokenIdentityColumns(wish.Token.Driver, wish.Token.Manufacturer, wish.Token.Model, wish.Token.SerialNumber);
        var heardSince = now - Silence;
        return sameToken && !await db.Sessions.AnyAsync(s => s.Id == current.SessionId && !s.Ended && s.AgentSeenAt > heardSince, cancel);
    }
}
