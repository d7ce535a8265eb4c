using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Authorisations;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Ca.Issuance;

/// <summary>
/// certConf → pkiConf: the one commit point of a renewal. Judged by its transaction and its content, not by the validity of the
/// certificate that signs, and answered the same way each time it comes (R4).
/// </summary>
internal sealed class ConfirmCertificate(Acts<CaDbContext> acts, IDbContextFactory<CaDbContext> contexts, CaIdentity identity, TimeProvider time)
{
    /// <summary>Confirms or rejects a certificate.</summary>
    /// <exception cref="CmpInvalidException">Not the certConf of this transaction.</exception>
    /// <exception cref="ProblemException">The certificate has ended.</exception>
    public async Task<byte[]> ConfirmAsync(VerifiedMessage from, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var known = await db.CmpTransactions.AsNoTracking().Where(t => t.TransactionId == from.TransactionId)
            .Join(db.Certificates, t => t.CertificateId, c => c.Id, (t, c) => new { Transaction = t, Certificate = c }).SingleOrDefaultAsync(cancel);
        if (known is not { Transaction: var transaction, Certificate: var record } || transaction.Requester != from.Requester)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "there is no such transaction");
        }

        if (!transaction.AnswerNonce.AsSpan().SequenceEqual(from.Message.RecipientNonce))
        {
            throw new CmpInvalidException(CmpFailure.BadRecipientNonce, "recipNonce is not the answer's senderNonce");
        }

        var half = transaction.EncryptionCertReqId is null ? null : await db.Certificates.AsNoTracking().SingleAsync(c => c.PairOfId == record.Id, cancel);
        var accepted = Accepted(from.Message, transaction, record, half);
        await ApplyAsync(from, record, accepted, cancel);
        return CmpResponses.Confirmation(CmpHeader.Answering(from.Message, time.GetUtcNow()), identity.Signer);
    }

    private static bool Accepted(CmpMessage message, CmpTransaction transaction, CertificateRecord record, CertificateRecord? half)
    {
        if (message.Type == CmpBodyType.Error)
        {
            return false; // a client that cannot use the answer may say so with an error (RFC 9483 section 3.6.4)
        }

        var statuses = CmpRequests.Confirmations(message);
        if (statuses.Count == 0)
        {
            return false; // RFC 4210 section 5.3.18: an empty certConf rejects all
        }

        List<(int CertReqId, CertificateRecord Record)> expected =
            half is null ? [(transaction.CertReqId, record)] : [(transaction.CertReqId, record), (transaction.EncryptionCertReqId!.Value, half)];

        // Of a pair both are confirmed or neither: one that is refused takes the other with it.
        return statuses.Count == expected.Count
            ? expected.ConvertAll(e => IsAccepted(statuses.FirstOrDefault(s => s.CertReqId == e.CertReqId), e.Record)).TrueForAll(a => a)
            : throw new CmpInvalidException(CmpFailure.BadRequest, "certConf does not name what was answered");
    }

    private static bool IsAccepted(ConfirmedCertificate? status, CertificateRecord record)
    {
        if (status is null)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "certConf names another request");
        }

        var certificate = Certificate.FromDer(record.Der);
        var hash = SignatureAlgorithms.Find(certificate.SignatureOid)!.HashData(record.Der);
        return CryptographicOperations.FixedTimeEquals(hash, status.CertHash)
            ? status.Accepted
            : throw new CmpInvalidException(CmpFailure.BadCertId, "certHash is of another certificate");
    }

    private async Task ApplyAsync(VerifiedMessage from, CertificateRecord seen, bool accepted, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var db = act.Db;
        await db.TakeChainLockAsync(seen.ChainId, cancel);
        var both = await db.Certificates.Where(c => c.Id == seen.Id || c.PairOfId == seen.Id).OrderBy(c => c.PairOfId != null).ToListAsync(cancel);
        var record = both[0]; // the signing half leads: the other one's state follows it
        switch (record.State, accepted)
        {
            case (CertificateState.Confirmed, true) or (CertificateState.Rejected, false):
                return; // said before
            case (CertificateState.Confirmed, false):
                throw new CmpInvalidException(CmpFailure.CertConfirmed, "the certificate was confirmed before");
            case (CertificateState.Unconfirmed, _) when both.TrueForAll(c => c.State == CertificateState.Unconfirmed):
                break;
            default:
                throw new ProblemException(both.Exists(c => c.IsHeldByOperator) ? Problems.CertificateHeld() : Problems.RenewalEnded());
        }

        foreach (var half in both)
        {
            Answer(half, accepted);
            db.Events.Add(new EventRecord { Kind = accepted ? EventKind.Confirmed : EventKind.Rejected, Certificate = half, At = time.GetUtcNow() });
            act.Record(IssuanceAudit.Answered(from, half, accepted));
        }

        if (accepted)
        {
            await UseAuthorisation.SpendAsync(db, record, time.GetUtcNow(), cancel);
        }

        // COMMIT of the renewal. Before it, the old certificate is the one that counts; after it, the new one, and every repetition
        // gets this same answer.
        await act.CommitAsync(cancel);
    }

    private void Answer(CertificateRecord record, bool accepted)
    {
        record.ConfirmBy = null;
        if (accepted)
        {
            record.State = CertificateState.Confirmed;
            record.ConfirmedAt = time.GetUtcNow();
            return;
        }

        record.State = CertificateState.Rejected;
        record.RevokedAt = time.GetUtcNow();
        record.Reason = Revocation.RevocationReason.CessationOfOperation;
    }
}
