using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>rr: a holder revokes a certificate of its own, signed with one that still works.</summary>
internal sealed class RevokeByHolder(IDbContextFactory<CaDbContext> contexts, ChangeStatus status, CaIdentity identity, TimeProvider time)
{
    /// <summary>Revokes.</summary>
    /// <exception cref="CmpInvalidException">Not the sender's own, or not known.</exception>
    /// <exception cref="ProblemException">Revoked already.</exception>
    public async Task<byte[]> RevokeAsync(VerifiedMessage from, CancellationToken cancel)
    {
        var request = CmpRequests.Revocations(from.Message) is [var one] ? one : throw new CmpInvalidException(CmpFailure.BadRequest, "one certificate per message");
        var signer = from.SignerRecord ?? throw new CmpInvalidException(CmpFailure.NotAuthorized, "a revocation request is signed");
        if (signer.State != CertificateState.Confirmed)
        {
            throw new CmpInvalidException(CmpFailure.CertRevoked, "the certificate that signs is not in use");
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        var target = await db.Certificates.AsNoTracking().Include(c => c.Issuer).SingleOrDefaultAsync(
                c => c.SerialHex == request.Certificate.Serial && c.Issuer.SubjectDer == request.Certificate.Issuer, cancel)
            ?? throw new CmpInvalidException(CmpFailure.BadCertId, "no such certificate");
        if (target.SubscriberId != signer.SubscriberId)
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the certificate is another subscriber's");
        }

        if (!Enum.IsDefined((RevocationReason)request.Reason) || request.Reason == (int)RevocationReason.CertificateHold)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "this reason is not taken from a holder");
        }

        if (target.State is CertificateState.Revoked or CertificateState.Rejected)
        {
            throw new CmpInvalidException(CmpFailure.CertRevoked, "the certificate is revoked already");
        }

        await status.RunAsync(
            new StatusChange(target.Sha256, StatusAction.Revoke, from.Requester) { Reason = (RevocationReason)request.Reason, Scope = StatusScope.Descendants },
            cancel);
        return CmpResponses.Revoked(CmpHeader.Answering(from.Message, time.GetUtcNow()), identity.Signer);
    }
}
