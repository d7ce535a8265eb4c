using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Upstream;
using Rekey.Ra.Notices;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>
/// Records what the CA did for a renewal, within the transaction of whoever follows its events. The CA's commit always precedes these;
/// each can be repeated, and only the first time changes anything. That the session's page is to be told is recorded with it.
/// </summary>
internal static class RenewalOutcome
{
    /// <summary>The CA issued a certificate that waits for its confirmation: alone, or one half of a pair.</summary>
    /// <param name="db">The store, in a transaction.</param>
    /// <param name="renewalId">16 octets.</param>
    /// <param name="issued">The CA's event.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>False when the RA knows of no such renewal.</returns>
    public static async Task<bool> IssuedAsync(RaDbContext db, byte[] renewalId, CaEvent issued, CancellationToken cancel)
    {
        var renewal = await db.Renewals.AsNoTracking().Include(r => r.OldCertificate.Issuer).Include(r => r.NewCertificates).ThenInclude(c => c.Certificate)
            .SingleOrDefaultAsync(r => r.RenewalId == renewalId, cancel);
        if (renewal is null)
        {
            return false;
        }

        await AddAsync(db, renewal, issued, cancel);
        await db.SaveChangesAsync(cancel);
        if (renewal.SessionId is not null)
        {
            await db.Renewals.Where(r => r.Id == renewal.Id && r.SessionId != null && r.State == RenewalState.Open)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.Untold, ServerStep.Issued), cancel);
        }

        return true;
    }

    /// <summary>The CA confirmed: the new certificates are in use, the old one is superseded.</summary>
    /// <param name="db">The store, in a transaction.</param>
    /// <param name="renewalId">16 octets.</param>
    /// <param name="now">When the RA learnt of it.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>False when the RA knows of no such renewal.</returns>
    public static async Task<bool> ConfirmedAsync(RaDbContext db, byte[] renewalId, DateTimeOffset now, CancellationToken cancel)
    {
        var first = await db.Renewals.Where(r => r.RenewalId == renewalId && r.State == RenewalState.Open)
            .ExecuteUpdateAsync(
                r => r.SetProperty(x => x.State, RenewalState.Confirmed).SetProperty(x => x.EndedAt, now)
                    .SetProperty(x => x.Untold, x => x.SessionId == null ? null : ServerStep.Confirmed),
                cancel);
        if (first == 0)
        {
            return await db.Renewals.AnyAsync(r => r.RenewalId == renewalId, cancel);
        }

        await SupersedeAsync(db, renewalId, now, cancel);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>The renewal came to nothing (never confirmed, held, revoked, or refused): another can be started.</summary>
    /// <param name="db">The store, in a transaction.</param>
    /// <param name="renewalId">16 octets.</param>
    /// <param name="certificateSha256">The certificate that ended. One that was replaced within its renewal ends nothing.</param>
    /// <param name="now">When the RA learnt of it.</param>
    /// <param name="cancel">Cancels.</param>
    public static async Task EndedAsync(RaDbContext db, byte[] renewalId, byte[] certificateSha256, DateTimeOffset now, CancellationToken cancel)
    {
        await db.Renewals
            .Where(r => r.RenewalId == renewalId && r.State == RenewalState.Open && r.NewCertificates.Any(c => c.Certificate.Sha256 == certificateSha256))
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RenewalState.Ended).SetProperty(x => x.EndedAt, now), cancel);
    }

    /// <summary>A certificate that nobody had confirmed is no longer on hold: its renewal goes on, unless another one has begun.</summary>
    /// <returns>Whether the certificate is one that waits for its confirmation.</returns>
    public static async Task<bool> ReopenAsync(RaDbContext db, byte[] renewalId, byte[] certificateSha256, CancellationToken cancel)
    {
        var renewal = await db.Renewals.AsNoTracking()
            .SingleOrDefaultAsync(r => r.RenewalId == renewalId && r.NewCertificates.Any(c => c.Certificate.Sha256 == certificateSha256), cancel);
        if (renewal is null || renewal.State == RenewalState.Confirmed)
        {
            return false;
        }

        await ReopenAsync(db, renewal, cancel);
        return true;
    }

    /// <summary>Whether a certificate, or the pair whose encryption half it is, has a successor that was confirmed.</summary>
    public static Task<bool> IsRenewedAsync(RaDbContext db, byte[] certificateSha256, CancellationToken cancel) => db.Renewals.AnyAsync(
        r => r.State == RenewalState.Confirmed
            && (r.OldCertificate.Sha256 == certificateSha256 || db.Certificates.Any(c => c.Sha256 == certificateSha256 && c.PairOfId == r.OldCertificateId)),
        cancel);

    private static Task<int> ReopenAsync(RaDbContext db, RenewalRecord renewal, CancellationToken cancel) => db.Renewals
        .Where(r => r.Id == renewal.Id && r.State == RenewalState.Ended
            && !db.Renewals.Any(o => o.OldCertificateId == renewal.OldCertificateId && o.State != RenewalState.Ended))
        .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RenewalState.Open).SetProperty(x => x.EndedAt, (DateTimeOffset?)null), cancel);

    private static async Task AddAsync(RaDbContext db, RenewalRecord renewal, CaEvent issued, CancellationToken cancel)
    {
        var facts = CertificateFacts.Read(issued.Certificate!) ?? throw new ArgumentException("the CA's certificate cannot be read", nameof(issued));
        var ordinal = issued.PairOfSha256 is null ? 0 : 1;
        if (renewal.NewCertificates.Exists(c => c.Certificate.Sha256.AsSpan().SequenceEqual(facts.Sha256)))
        {
            return;
        }

        if (renewal.NewCertificates.Exists(c => c.Ordinal == ordinal))
        {
            // The same renewal with another key, because the first is no longer on the token: the CA has rejected what it had issued for
            // that, which may have ended the renewal here.
            await db.RenewalCertificates.Where(c => c.RenewalId == renewal.Id && c.Ordinal == ordinal).ExecuteDeleteAsync(cancel);
            await ReopenAsync(db, renewal, cancel);
        }

        var old = renewal.OldCertificate;
        var half = issued.PairOfSha256 is { } signing ? await HalfAsync(db, old.Id, signing, cancel) : default;
        var certificate = new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = issued.Certificate!,
            IssuerId = old.Issuer.Name.AsSpan().SequenceEqual(facts.Issuer) ? old.IssuerId : await db.IssuerIdAsync(facts, cancel),
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            SubscriberId = old.SubscriberId,
            Profile = issued.Profile,
            State = CertificateState.Unconfirmed,
            RenewedFromId = issued.PairOfSha256 is null ? renewal.OldCertificateId : half.RenewedFrom,
            PairOfId = half.PairOf,
            Token = renewal.Token,
        };
        db.RenewalCertificates.Add(new RenewalCertificate { RenewalId = renewal.Id, Ordinal = ordinal, Certificate = certificate });
    }

    // The signing half, whose event always comes first, and the old encryption certificate.
    private static async Task<(long? PairOf, long? RenewedFrom)> HalfAsync(RaDbContext db, long oldSigning, byte[] signingSha256, CancellationToken cancel) => (
        await db.Certificates.Where(c => c.Sha256 == signingSha256).Select(c => (long?)c.Id).SingleOrDefaultAsync(cancel),
        await db.Certificates.Where(c => c.PairOfId == oldSigning).Select(c => (long?)c.Id).SingleOrDefaultAsync(cancel));

    private static async Task SupersedeAsync(RaDbContext db, byte[] renewalId, DateTimeOffset now, CancellationToken cancel)
    {
        var renewal = await db.Renewals.AsNoTracking().Include(r => r.OldCertificate).SingleAsync(r => r.RenewalId == renewalId, cancel);
        var brought = db.RenewalCertificates.Where(c => c.RenewalId == renewal.Id).Select(c => c.CertificateId);
        await db.Certificates.Where(c => brought.Contains(c.Id) && c.State == CertificateState.Unconfirmed)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Active), cancel);
        await db.Certificates.Where(c => (c.Id == renewal.OldCertificateId || c.PairOfId == renewal.OldCertificateId) && c.State == CertificateState.Active)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Superseded), cancel);
        db.Outbox.Add(new OutboxNotice
        {
            Kind = renewal.OldCertificate.NotAfter < now ? NoticeKind.RenewedAfterExpiry : NoticeKind.Renewed,
            SubscriberId = renewal.OldCertificate.SubscriberId,
            CertificateId = renewal.OldCertificateId,
            CreatedAt = now,
        });
    }
}
