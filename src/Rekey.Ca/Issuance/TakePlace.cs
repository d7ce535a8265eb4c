using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>
/// The place of a new certificate in its chain: of one certificate there is one successor, and of one download one certificate. Whoever comes
/// second finds the first under the chain's lock.
/// </summary>
internal sealed class TakePlace(CertificationAuthority ca)
{
    /// <summary>A certificate in one of these states takes the place.</summary>
    internal static readonly CertificateState[] Stands = [CertificateState.Unconfirmed, CertificateState.Confirmed, CertificateState.Held];

    /// <summary>Locks the chain that the new certificate will be in, and demands that its place there is free, or makes it so.</summary>
    /// <returns>The chain's id.</returns>
    /// <exception cref="ProblemException">Another certificate has the place, or the chain was stopped.</exception>
    public async Task<Guid> TakeAsync(CaDbContext db, VerifiedRequest request, CertificateRecord? oldHalf, DateTimeOffset now, CancellationToken cancel)
    {
        if (VerifyMessage.IsDownload(request.From.Message, request.Statement))
        {
            return await LockDownloadAsync(db, request, now, cancel);
        }

        if (request.From.Message.Type != CmpBodyType.KeyUpdateRequest)
        {
            return NewChain(db, Guid.NewGuid(), now);
        }

        var old = request.From.SignerRecord!;
        await db.TakeChainLockAsync(old.ChainId, cancel);

        // Between the check above and the lock a revocation may have passed, and another renewal.
        var present = await db.Certificates.AsNoTracking().Where(c => c.Id == old.Id || (c.RenewedFromId == old.Id && Stands.Contains(c.State))).ToListAsync(cancel);
        RequireUsable(present.Single(c => c.Id == old.Id), now, mayBeExpired: true);
        await EndReplacedAsync(db, request, present.SingleOrDefault(c => c.Id != old.Id), now, cancel);
        if (oldHalf is not null)
        {
            await RequireFreeAsync(db, oldHalf, now, cancel);
        }

        return old.ChainId;
    }

    // The download's id is that of its chain: of two requests at once for one download with two keys, the second finds the first.
    private static async Task<Guid> LockDownloadAsync(CaDbContext db, VerifiedRequest request, DateTimeOffset now, CancellationToken cancel)
    {
        var chain = new Guid(request.Statement.RenewalId);
        if (!await db.Chains.AnyAsync(c => c.Id == chain, cancel))
        {
            return NewChain(db, chain, now);
        }

        await db.TakeChainLockAsync(chain, cancel);
        var present = await db.Certificates.AsNoTracking().Where(c => c.ChainId == chain && c.PairOfId == null).ToListAsync(cancel);
        if (present.Exists(c => c.SubscriberId != request.Statement.SubscriberId))
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the RA names the chain of another certificate");
        }

        // What was revoked or put on hold by somebody is not replaced by the same download with another key.
        if (present.Find(c => c.State == CertificateState.Revoked || c.IsHeldByOperator) is { } stopped)
        {
            throw new ProblemException(stopped.IsHeldByOperator ? Problems.CertificateHeld() : Problems.RenewalEnded());
        }

        await EndReplacedAsync(db, request, present.Find(c => c.RenewedFromId is null && Stands.Contains(c.State)), now, cancel);
        return chain;
    }

    private static Guid NewChain(CaDbContext db, Guid id, DateTimeOffset now)
    {
        db.Chains.Add(new ChainRecord { Id = id, CreatedAt = now });
        return id;
    }

    // The earlier attempt, if there was one, took its encryption half with it: what still follows the old half belongs to another renewal.
    private async Task RequireFreeAsync(CaDbContext db, CertificateRecord oldHalf, DateTimeOffset now, CancellationToken cancel)
    {
        var present = await db.Certificates.AsNoTracking().Where(c => c.Id == oldHalf.Id || (c.RenewedFromId == oldHalf.Id && Stands.Contains(c.State))).ToListAsync(cancel);
        RequireUsable(present.Single(c => c.Id == oldHalf.Id), now, mayBeExpired: true);
        if (present.Find(c => c.Id != oldHalf.Id) is { } taken)
        {
            throw new ProblemException(Taken(taken));
        }
    }

    // An earlier attempt that nobody confirmed makes way when the same renewal comes with another key (its first key is no longer on
    // the token), or when it was put on hold because nobody confirmed it in time.
    private static async Task EndReplacedAsync(CaDbContext db, VerifiedRequest request, CertificateRecord? earlier, DateTimeOffset now, CancellationToken cancel)
    {
        if (earlier is null)
        {
            return;
        }

        var sameRenewal = earlier.RenewalId is { } id && id.AsSpan().SequenceEqual(request.Statement.RenewalId);
        if (earlier.ConfirmedAt is not null || !(earlier.State == CertificateState.Held || sameRenewal))
        {
            throw new ProblemException(Taken(earlier));
        }

        foreach (var ended in await db.Certificates.Where(c => c.Id == earlier.Id || (c.PairOfId == earlier.Id && Stands.Contains(c.State))).ToListAsync(cancel))
        {
            ended.State = CertificateState.Rejected;
            ended.RevokedAt = now;
            ended.Reason = Revocation.RevocationReason.CessationOfOperation;
            db.Events.Add(new EventRecord { Kind = EventKind.Rejected, Certificate = ended, At = now });
        }

        await db.SaveChangesAsync(cancel); // frees the place of the one successor
    }

    /// <summary>Why the place of a successor is not free.</summary>
    public static Problem Taken(CertificateRecord successor) =>
        successor.RenewedFromId is null ? Problems.RenewalEnded() // a download that was confirmed with another key: nothing will come of this one
        : successor.ConfirmedAt is null ? Problems.RenewalUnderWay(successor.IssuedAt.ToString("O"))
        : Problems.AlreadyRenewed(successor.SerialHex);

    /// <summary>Demands that a certificate may sign a request.</summary>
    /// <exception cref="CmpInvalidException">It was never confirmed, or is not valid now.</exception>
    /// <exception cref="ProblemException">It is revoked or on hold.</exception>
    public void RequireUsable(CertificateRecord signer, DateTimeOffset now, bool mayBeExpired)
    {
        switch (signer.State)
        {
            case CertificateState.Revoked or CertificateState.Rejected:
                throw new ProblemException(Problems.CertificateRevoked(RenewalWindow.CalendarDay(signer.RevokedAt ?? now, ca.Profiles.Zone)));
            case CertificateState.Held:
                throw new ProblemException(Problems.CertificateHeld());
            case CertificateState.Unconfirmed:
                throw new CmpInvalidException(CmpFailure.NotAuthorized, "the certificate that signs was never confirmed");
        }

        if (now < signer.NotBefore || (now > signer.NotAfter && !mayBeExpired))
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, "the certificate that signs is not valid now");
        }
    }
}
