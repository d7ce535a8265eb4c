using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Authorisations;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuers;
using Rekey.Ca.Profiles;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Ca.Takeover;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Issuance;

/// <summary>From a verified request to a signed certificate: ir, cr, p10cr and kur.</summary>
internal sealed class IssueCertificate(
    Acts<CaDbContext> acts, IDbContextFactory<CaDbContext> contexts, CaIdentity identity, CertificationAuthority ca, CertificateIssuer issuer,
    PrepareEncryptionHalf halves, TakePlace places, ForeignStatus foreign, TimeProvider time)
{
    /// <summary>How long the RA's decision counts: as long as the longest renewal stays open.</summary>
    public static readonly TimeSpan DecisionLifetime = TimeSpan.FromDays(45);

    /// <summary>Answers a request for a certificate.</summary>
    /// <exception cref="CmpInvalidException">The request breaks a rule of the protocol.</exception>
    /// <exception cref="ProblemException">The CA refuses.</exception>
    public async Task<byte[]> IssueAsync(VerifiedMessage from, CancellationToken cancel)
    {
        // 1 an answer that stands already (R1, R2): before anything that time could have changed
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await StoredAnswerAsync(db, from, cancel) is { } stored)
        {
            return stored;
        }

        // 2 verify the request itself
        var request = VerifyMessage.VerifyRequest(from);

        // 3 the same key again (R3): the same certificate, whatever has happened since
        if (await SameKeyAsync(db, request, cancel) is { } same)
        {
            return await AnswerAgainAsync(db, request, same, cancel);
        }

        // 4 may it be issued?
        var now = time.GetUtcNow();
        acts.Trail.Health.DemandWritable();
        Decide(request, now);
        if (from.SignerRecord is { Issuer.Kind: IssuerKind.Foreign } taken)
        {
            await foreign.DemandGoodAsync(db, taken.Issuer, taken.SerialHex, cancel);
        }

        var profile = Profile(request.Statement.Profile);

        var authorisation = await UseAuthorisation.DemandAsync(db, request, profile, now, cancel);

        // 5 the encryption key of a pair, and lint
        var prepared = Prepare(request, now);
        var half = await halves.RunAsync(db, request, profile, now, cancel);

        try
        {
            return await SignAndStoreAsync(request, profile, prepared, half, authorisation, now, cancel);
        }
        catch (DbUpdateException) when (!cancel.IsCancellationRequested)
        {
            // Two at once: the constraints let one in. If the winner was this very request or key, its answer is ours too.
            return await AfterLostRaceAsync(request, cancel);
        }
    }

    private async Task<byte[]> SignAndStoreAsync(
        VerifiedRequest request, CertificateProfile profile, CheckedCertificate prepared, EncryptionHalf? half, byte[]? authorisation, DateTimeOffset now, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var db = act.Db;
        var chain = await places.TakeAsync(db, request, half?.Old, now, cancel);

        // 6 sign
        var certificate = Certificate.FromDer(issuer.Issue(prepared), request.NewKey);
        var implicitly = profile.ImplicitConfirm && request.From.Message.ImplicitConfirm && request.From.Message.Type != CmpBodyType.KeyUpdateRequest;
        var issuerId = await IssuerIdAsync(db, request.From.SignerRecord?.Issuer, ca.IssuerOf(profile), cancel);
        var record = Record(request, profile, issuerId, certificate, chain, implicitly, now);
        var header = Header(request.From.Message, now, implicitly, record.ConfirmBy);
        var second = half is null ? null : Certificate.FromDer(issuer.Issue(half.Checked), half.Key);
        var answer = Answer(request, certificate, second, half?.Envelope, header);

        // 7 COMMIT: certificates, answer, events and audit entries. Nothing has left before it, so a crash here leaves a signature that was never issued;
        // after it the same request gets the same answer from any process.
        db.Certificates.Add(record);
        db.Events.Add(new EventRecord { Kind = EventKind.Issued, Certificate = record, At = now });
        if (implicitly)
        {
            db.Events.Add(new EventRecord { Kind = EventKind.Confirmed, Certificate = record, At = now });
        }

        await db.SaveChangesAsync(cancel);
        await UseAuthorisation.BindAsync(db, authorisation, record, now, cancel);
        if (second is not null)
        {
            act.Record(await AddHalfAsync(db, request, half!, second, record, now, cancel));
        }

        db.CmpTransactions.Add(CmpTransaction.Of(request, record.Id, answer, header, now));
        act.Record(IssuanceAudit.Issued(request, record));
        await act.CommitAsync(cancel);

        // 8 answer
        KnownCertificates.Add(certificate); // an RA in this process reads it next
        return answer;
    }

    private async Task<AuditEvent> AddHalfAsync(
        CaDbContext db, VerifiedRequest request, EncryptionHalf half, Certificate certificate, CertificateRecord signing, DateTimeOffset now, CancellationToken cancel)
    {
        var issuerId = await IssuerIdAsync(db, half.Old?.Issuer, ca.IssuerOf(half.Profile), cancel);
        var record = CertificateRecord.Of(
            certificate, issuerId, half.Profile.Name, signing.SubscriberId, signing.ChainId, signing.State, now, signing.RenewalId, half.Old?.Id, signing.Id, half.OrderId);
        record.ConfirmBy = signing.ConfirmBy;
        db.Certificates.Add(record);
        db.Events.Add(new EventRecord { Kind = EventKind.Issued, Certificate = record, At = now });
        return IssuanceAudit.Issued(request, record);
    }

    // Mostly the one that issued the certificate before.
    private static async Task<int> IssuerIdAsync(CaDbContext db, IssuerRecord? before, IssuingAuthority issuer, CancellationToken cancel) =>
        before is not null && before.Sha256.AsSpan().SequenceEqual(issuer.Certificate.Sha256) ? before.Id : await db.IssuerIdAsync(issuer, cancel);

    private static async Task<byte[]?> StoredAnswerAsync(CaDbContext db, VerifiedMessage from, CancellationToken cancel)
    {
        var known = await db.CmpTransactions.AsNoTracking().SingleOrDefaultAsync(t => t.TransactionId == from.TransactionId, cancel);
        if (known is null)
        {
            return null;
        }

        if (known.Requester != from.Requester || !known.RequestSha256.AsSpan().SequenceEqual(SHA256.HashData(from.Message.Encoded.Span)))
        {
            throw new CmpInvalidException(CmpFailure.TransactionIdInUse, "transactionID is in use");
        }

        await RequireNotEndedAsync(db, known.CertificateId, cancel);
        return known.Answer;
    }

    private static async Task<CertificateRecord?> SameKeyAsync(CaDbContext db, VerifiedRequest request, CancellationToken cancel)
    {
        var spki = request.NewKey.Sha256;
        var holders = await db.Certificates.AsNoTracking().Include(c => c.Issuer).Where(c => c.SpkiSha256 == spki).ToListAsync(cancel);
        if (holders.Count == 0)
        {
            return null;
        }

        var from = request.From.SignerRecord?.Id;
        var mine = holders.Find(c => request.From.Message.Type == CmpBodyType.KeyUpdateRequest
            ? c.RenewedFromId == from
            : c.RenewedFromId is null && c.SubscriberId == request.Statement.SubscriberId && request.Statement.RenewalId.AsSpan().SequenceEqual(c.RenewalId));
        // Known under another holder or another chain: two certificates would speak for one key.
        return mine ?? throw new ProblemException(Problems.KeyReused());
    }

    private async Task<byte[]> AnswerAgainAsync(CaDbContext db, VerifiedRequest request, CertificateRecord same, CancellationToken cancel)
    {
        await RequireNotEndedAsync(db, same.Id, cancel);
        var half = await db.Certificates.AsNoTracking().SingleOrDefaultAsync(c => c.PairOfId == same.Id, cancel);
        if (half is null != request.Encryption is null)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "with this key another number of certificates was asked for");
        }

        var envelope = half is null ? null : await halves.EnvelopeAgainAsync(request, half, cancel);
        var now = time.GetUtcNow();
        var header = Header(request.From.Message, now, implicitly: false, same.ConfirmBy);
        var answer = Answer(request, Certificate.FromDer(same.Der), half is null ? null : Certificate.FromDer(half.Der), envelope, header);
        db.CmpTransactions.Add(CmpTransaction.Of(request, same.Id, answer, header, now));
        try
        {
            await db.SaveChangesAsync(cancel);
            return answer;
        }
        catch (DbUpdateException) when (!cancel.IsCancellationRequested)
        {
            return await AfterLostRaceAsync(request, cancel);
        }
    }

    private async Task<byte[]> AfterLostRaceAsync(VerifiedRequest request, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await StoredAnswerAsync(db, request.From, cancel) is { } stored)
        {
            return stored;
        }

        if (await SameKeyAsync(db, request, cancel) is { } same)
        {
            return await AnswerAgainAsync(db, request, same, cancel);
        }

        var winner = await SuccessorAsync(db, request, cancel);
        throw new ProblemException(winner is null ? Problems.CaNotAnswering() : TakePlace.Taken(winner));
    }

    private void Decide(VerifiedRequest request, DateTimeOffset now)
    {
        // A message under a MAC may have waited at the RA, on whose word the CA relies for it in any case.
        request.From.Message.RequireTime(request.From.Signer is null ? request.Statement.ReceivedAt ?? now : now);
        var decided = request.Statement.DecidedAt;
        if (decided > now + CmpMessage.ClockTolerance || decided < now - DecisionLifetime)
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the RA's decision is not of this time");
        }

        if (request.From.SignerRecord is not { } old)
        {
            return;
        }

        places.RequireUsable(old, now, request.From.Message.Type == CmpBodyType.KeyUpdateRequest);
        if (request.From.Message.Type != CmpBodyType.KeyUpdateRequest && !Profile(old.Profile).FurtherCertificates)
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the profile allows no further certificates");
        }

        if (request.From.Message.Type == CmpBodyType.KeyUpdateRequest)
        {
            var profile = Profile(old.Profile);
            // By the day on which the renewal began: what was allowed then stays allowed until it ends.
            var refusal = RenewalWindow.Of(old.NotAfter, profile.Window, ca.Profiles.Zone).Decide(RenewalWindow.CalendarDay(decided, ca.Profiles.Zone));
            if (refusal is not null)
            {
                throw new ProblemException(refusal);
            }

            if (request.From.Signer!.PublicKey.Suite.StrengthBits < profile.MinimumStrengthBits)
            {
                throw new ProblemException(Problems.KeyTooWeak());
            }

            if (old.SubscriberId != request.Statement.SubscriberId)
            {
                throw new CmpInvalidException(CmpFailure.NotAuthorized, "the RA names another subscriber than the certificate has");
            }
        }
    }

    private CertificateProfile Profile(string name) => ca.Profiles.Profiles.TryGetValue(name, out var profile)
        ? profile : throw new ProblemException(Problems.LintFailed($"there is no profile {name}"));

    private CheckedCertificate Prepare(VerifiedRequest request, DateTimeOffset now) => issuer.Prepare(new IssuanceRequest
    {
        Profile = request.Statement.Profile,
        SubjectDer = request.Statement.Subject,
        SubjectPublicKey = request.NewKey,
        SubscriberId = request.Statement.SubscriberId,
        RenewedFrom = request.From.Message.Type == CmpBodyType.KeyUpdateRequest ? request.From.Signer : null,
        Now = now,
    });

    private static Task<CertificateRecord?> SuccessorAsync(CaDbContext db, VerifiedRequest request, CancellationToken cancel)
    {
        var from = request.From.SignerRecord?.Id;
        return db.Certificates.AsNoTracking().SingleOrDefaultAsync(
            c => c.RenewedFromId == from && from != null && TakePlace.Stands.Contains(c.State), cancel);
    }

    private static async Task RequireNotEndedAsync(CaDbContext db, long certificateId, CancellationToken cancel)
    {
        var certificate = await db.Certificates.AsNoTracking().SingleAsync(c => c.Id == certificateId, cancel);
        if (certificate.State is not (CertificateState.Unconfirmed or CertificateState.Confirmed))
        {
            throw new ProblemException(certificate.IsHeldByOperator ? Problems.CertificateHeld() : Problems.RenewalEnded());
        }
    }

    private static CertificateRecord Record(
        VerifiedRequest request, CertificateProfile profile, int issuerId, Certificate certificate, Guid chain, bool confirmed, DateTimeOffset now)
    {
        var record = CertificateRecord.Of(
            certificate, issuerId, profile.Name, request.Statement.SubscriberId, chain, confirmed ? CertificateState.Confirmed : CertificateState.Unconfirmed, now,
            request.Statement.RenewalId is { Length: > 0 } renewal ? renewal : null,
            request.From.Message.Type == CmpBodyType.KeyUpdateRequest ? request.From.SignerRecord!.Id : null);
        record.ConfirmBy = confirmed ? null : now.AddDays(profile.ConfirmWaitDays);
        record.ConfirmedAt = confirmed ? now : null;
        return record;
    }

    private static CmpHeader Header(CmpMessage request, DateTimeOffset now, bool implicitly, DateTimeOffset? confirmBy) =>
        CmpHeader.Answering(request, now) with { ImplicitConfirm = implicitly, ConfirmWaitTime = implicitly ? null : confirmBy };

    private byte[] Answer(VerifiedRequest request, Certificate certificate, Certificate? half, KeyEnvelope? envelope, CmpHeader header)
    {
        var above = identity.Above(certificate);
        List<IssuedCertificate> issued = [new(request.Requested.CertReqId, certificate.Encoded.ToArray())];
        if (half is not null)
        {
            issued.Add(new(request.Encryption!.CertReqId, half.Encoded.ToArray(), envelope));
        }

        // A client that so far shares only a secret with us learns the root from a message under that secret (caPubs).
        var root = request.From.Signer is null ? above[^1] : null;
        return CmpResponses.Issued(
            request.From.Message, issued, half is null ? above : above.Concat(identity.Above(half)), header, identity.Signer, root);
    }
}
