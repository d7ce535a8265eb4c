using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;

namespace Rekey.Ra.Renewal;

/// <summary>
/// Records the intent to renew, before the agent does anything that cannot be undone, or finds the intent that is already there.
/// Eligibility is decided here, once; it holds until the renewal ends.
/// </summary>
internal sealed class StartRenewal(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RenewalCases cases, DecideTidyUp tidyUp, TimeProvider time)
{
    /// <summary>After this silence a renewal of a client without a page gives way to the same holder's request with another key.</summary>
    private static readonly TimeSpan ClientSilence = TimeSpan.FromMinutes(10);

    /// <summary>The command for the agent: a new renewal, or the one to go on with.</summary>
    /// <exception cref="ProblemException">The rule's refusal, or RK-3006 when someone else is at it.</exception>
    public async Task<RenewCommand> StartAsync(RenewalWish wish, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var judgement = await JudgeAsync(db, wish, cancel);
        var renewal = judgement.Current is { } current
            ? await TakeOverAsync(db, current, wish, cancel)
            : await RecordIntentAsync(db, judgement, wish, cancel);
        var after = await tidyUp.DecideAsync(renewal, judgement.Case.Record!, wish.OnToken, cancel);

        return new RenewCommand(
            wish.Certificate.Sha256Hex,
            Convert.ToHexStringLower(renewal.RenewalId),
            Convert.ToBase64String(judgement.Case.Record!.Subscriber.Subject ?? wish.Certificate.Subject),
            renewal.KeyType,
            after.Retire,
            renewal.EncryptionKeyType is { } kind ? new(kind, await OldHalfAsync(db, renewal.OldCertificateId, cancel)) : null,
            after.Remove.Count > 0 ? after.Remove : null);
    }

    /// <summary>
    /// The renewal that a CMP request belongs to: the one under way, or a new one that begins with the client's own transaction.
    /// A session's agent has been judged when its page began. A client without a page that comes with another key than the one under
    /// way is let in only after silence: nobody knows whether the first client still has its key.
    /// </summary>
    /// <param name="certificate">The certificate that signs the request.</param>
    /// <param name="request">Transaction, key and session of the request.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The renewal, and the RA's record of the certificate with its subscriber.</returns>
    /// <exception cref="ProblemException">The rule's refusal.</exception>
    public async Task<(RenewalRecord Renewal, RegisteredCertificate Certificate)> ForClientAsync(
        CertificateFacts certificate, ClientRequest request, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var judgement = await cases.JudgeClientAsync(db, certificate, cancel);
        if (judgement.Refusal is { } refusal)
        {
            throw new ProblemException(refusal);
        }

        var record = judgement.Case.Record!;
        if (judgement.Current is null && await TryRecordAsync(db, judgement, request.TransactionId, null, new("cmp", "", "", ""), cancel, request.SpkiSha256) is { } begun)
        {
            return (begun, record);
        }

        var renewal = judgement.Current
            ?? (await cases.JudgeClientAsync(db, certificate, cancel)).Current
            ?? throw new ProblemException(Problems.RenewalEnded());
        if (renewal.State == RenewalState.Open && !await HearAsync(db, renewal, request, cancel))
        {
            throw new ProblemException(Problems.RenewalUnderWay(cases.Local(renewal.StartedAt)));
        }

        return (renewal, record);
    }

    private static async Task<string?> OldHalfAsync(RaDbContext db, long signing, CancellationToken cancel) =>
        await db.Certificates.Where(c => c.PairOfId == signing).Select(c => c.Sha256).SingleOrDefaultAsync(cancel) is { } sha256 ? Convert.ToHexStringLower(sha256) : null;

    // Whether the request's key is, or from now on is, the renewal's.
    private async Task<bool> HearAsync(RaDbContext db, RenewalRecord renewal, ClientRequest request, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var free = renewal.HeardKey is null && renewal.SessionId is null;
        var own = (renewal.SessionId is not null && renewal.SessionId == request.SessionId) || request.SpkiSha256.AsSpan().SequenceEqual(renewal.HeardKey)
            || await db.RenewalCertificates.AnyAsync(c => c.RenewalId == renewal.Id && c.Certificate.SpkiSha256 == request.SpkiSha256, cancel);
        if (!free && !own && (renewal.HeardAt ?? renewal.StartedAt) > now - ClientSilence)
        {
            return false;
        }

        // Of two newcomers at once one is first.
        var first = await db.Renewals.Where(r => r.Id == renewal.Id && r.HeardKey == renewal.HeardKey && r.HeardAt == renewal.HeardAt)
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.HeardKey, request.SpkiSha256).SetProperty(x => x.HeardAt, now), cancel);
        return first == 1 || own || await db.Renewals.AnyAsync(r => r.Id == renewal.Id && r.HeardKey == request.SpkiSha256, cancel);
    }

    private async Task<RenewalJudgement> JudgeAsync(RaDbContext db, RenewalWish wish, CancellationToken cancel)
    {
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        if (judgement.Refusal is not { } refusal)
        {
            return judgement;
        }

        await acts.RecordAsync(RenewalAudit.Refused("session", wish.Certificate.Sha256, refusal), cancel);
        throw new ProblemException(refusal);
    }

    private async Task<RenewalRecord> RecordIntentAsync(RaDbContext db, RenewalJudgement judgement, RenewalWish wish, CancellationToken cancel)
    {
        var token = new TokenIdentityColumns(wish.Token.Driver, wish.Token.Manufacturer, wish.Token.Model, wish.Token.SerialNumber);
        if (await TryRecordAsync(db, judgement, RandomNumberGenerator.GetBytes(16), wish.SessionId, token, cancel) is { } renewal)
        {
            return renewal;
        }

        // Two at once: the constraint let the other one in. Unless that was this session too, we have lost.
        return (await JudgeAsync(db, wish, cancel)).Current is { } winner
            ? await TakeOverAsync(db, winner, wish, cancel)
            : throw new ProblemException(Problems.RenewalEnded());
    }

    // Null when another renewal of the same certificate came first.
    private async Task<RenewalRecord?> TryRecordAsync(
        RaDbContext db, RenewalJudgement judgement, byte[] renewalId, string? sessionId, TokenIdentityColumns token, CancellationToken cancel, byte[]? heardKey = null)
    {
        var now = time.GetUtcNow();
        var renewal = new RenewalRecord
        {
            RenewalId = renewalId,
            OldCertificateId = judgement.Case.Record!.Id,
            SessionId = sessionId,
            State = RenewalState.Open,
            StartedAt = now,
            HeardKey = heardKey,
            HeardAt = heardKey is null ? null : now,
            KeyType = judgement.Rule.KeyType,
            EncryptionKeyType = judgement.Rule.EncryptionKeyType,
            Retire = judgement.Rule.RetireAtConfirmation,
            Tidies = judgement.Rule.RetireAtConfirmation,
            Token = token,
        };
        try
        {
            await using var act = await acts.BeginAsync(cancel);
            act.Db.Renewals.Add(renewal);
            act.Record(RenewalAudit.Started(sessionId is null ? "cmp" : "session", judgement.Case.Certificate.Sha256, renewalId));
            // COMMIT of the intent. A crash after it leaves a row that the same token resumes, or that ends itself.
            await act.CommitAsync(cancel);
            return renewal;
        }
        catch (DbUpdateException)
        {
            var old = renewal.OldCertificateId;
            if (!await db.Renewals.AnyAsync(r => r.OldCertificateId == old && r.State != RenewalState.Ended, cancel))
            {
                throw;
            }

            return null;
        }
    }

    private async Task<RenewalRecord> TakeOverAsync(RaDbContext db, RenewalRecord current, RenewalWish wish, CancellationToken cancel)
    {
        if (current.SessionId != wish.SessionId)
        {
            var taken = await db.Renewals
                .Where(r => r.Id == current.Id && r.SessionId == current.SessionId)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.SessionId, wish.SessionId), cancel);
            if (taken == 0)
            {
                throw new ProblemException(Problems.RenewalUnderWay(cases.Local(current.StartedAt)));
            }
        }

        return current;
    }
}

/// <summary>What a CMP request for a renewal is known by.</summary>
/// <param name="TransactionId">16 octets; becomes the renewalId of a new renewal.</param>
/// <param name="SpkiSha256">SHA-256 of the new key's SubjectPublicKeyInfo.</param>
/// <param name="SessionId">The session whose agent sent it; null for a client without a page.</param>
internal sealed record ClientRequest(byte[] TransactionId, byte[] SpkiSha256, string? SessionId);
