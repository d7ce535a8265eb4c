using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Profiles;
using Rekey.Ca.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Revocation;

/// <summary>
/// What nobody confirms does not stay open for ever: after the profile's days it is put on hold, later revoked. All clocks on
/// certificates run here, in the CA.
/// </summary>
public sealed class EndUnconfirmed(IDbContextFactory<CaDbContext> store, Acts<CaDbContext> acts, ProfileSet profiles, TimeProvider time)
{
    private const string Actor = "job:end-unconfirmed";

    /// <summary>Ends what is due.</summary>
    /// <returns>How many certificates changed.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        List<(long Id, Guid Chain)> due;
        await using (var db = await store.CreateDbContextAsync(ct))
        {
            due = (await db.Certificates
                .Where(c => c.ConfirmBy < now && c.PairOfId == null && (c.State == CertificateState.Unconfirmed || c.State == CertificateState.Held))
                .OrderBy(c => c.ConfirmBy).Select(c => new { c.Id, c.ChainId }).Take(500).ToListAsync(ct))
                .ConvertAll(c => (c.Id, c.ChainId));
        }

        var changed = 0;
        foreach (var (id, chain) in due)
        {
            changed += await EndAsync(id, chain, ct) ? 1 : 0;
        }

        return changed;
    }

    private async Task<bool> EndAsync(long id, Guid chain, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        await act.Db.TakeChainLockAsync(chain, ct);
        var now = time.GetUtcNow();
        var changed = false;
        foreach (var certificate in await act.Db.Certificates.Where(x => x.Id == id || x.PairOfId == id).ToListAsync(ct))
        {
            changed |= End(act, certificate, now);
        }

        if (changed)
        {
            await act.CommitAsync(ct);
        }

        return changed;
    }

    private bool End(Act<CaDbContext> act, CertificateRecord c, DateTimeOffset now)
    {
        if (c.ConfirmedAt is not null || !(c.ConfirmBy < now))
        {
            return false; // confirmed in the meantime
        }

        if (c.State == CertificateState.Unconfirmed)
        {
            c.State = CertificateState.Held;
            c.HeldAt = now;
            c.Reason = RevocationReason.CertificateHold;
            c.ConfirmBy = now.AddDays(profiles[c.Profile].RevokeUnconfirmedAfterHeldDays);
            act.Db.Events.Add(new() { Kind = EventKind.ExpiredUnconfirmed, Certificate = c, At = now });
            act.Record(new AuditEvent("certificate.held-unconfirmed", Actor, CertificateTarget.Of(c)));
        }
        else if (c.State == CertificateState.Held)
        {
            c.State = CertificateState.Revoked;
            c.RevokedAt = now;
            c.Reason = RevocationReason.CessationOfOperation;
            c.ConfirmBy = null;
            act.Db.Events.Add(new() { Kind = EventKind.Revoked, Certificate = c, At = now });
            act.Record(new AuditEvent("certificate.revoked-unconfirmed", Actor, CertificateTarget.Of(c)));
        }
        else
        {
            return false;
        }

        return true;
    }
}
