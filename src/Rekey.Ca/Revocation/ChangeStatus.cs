using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Profiles;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Revocation;

/// <summary>
/// Revokes, holds and resumes, always in the whole chain: under the lock that issuing and confirming take, so a renewal that a thief
/// began is found whether it is open, confirmed or expired. Doing it twice does nothing the second time.
/// </summary>
public sealed class ChangeStatus(Acts<CaDbContext> acts, ProfileSet profiles, TimeProvider time)
{
    /// <summary>Does it.</summary>
    /// <returns>The certificates whose state changed.</returns>
    /// <exception cref="ProblemException">No such certificate, or it is revoked and shall be held or resumed.</exception>
    public async Task<IReadOnlyList<CertificateRecord>> RunAsync(StatusChange change, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        var chain = await act.Db.Certificates.Where(c => c.Sha256 == change.CertificateSha256).Select(c => (Guid?)c.ChainId).SingleOrDefaultAsync(ct)
            ?? throw new ProblemException(Problems.CertificateUnknown());
        await act.Db.TakeChainLockAsync(chain, ct);
        var certificates = await act.Db.Certificates.Where(c => c.ChainId == chain).OrderBy(c => c.Id).ToListAsync(ct);
        var subject = certificates.Single(c => c.Sha256.AsSpan().SequenceEqual(change.CertificateSha256));
        if (change.Action != StatusAction.Revoke && subject.State is (CertificateState.Revoked or CertificateState.Rejected))
        {
            throw new ProblemException(Problems.CertificateRevoked(RenewalWindow.CalendarDay(subject.RevokedAt!.Value, profiles.Zone)));
        }

        var affected = (change.Scope == StatusScope.Chain ? certificates : Descendants(certificates, subject))
            .Where(c => Apply(c, change)).ToList();
        foreach (var certificate in affected)
        {
            Account(act, certificate, change);
        }

        // COMMIT: states, events and audit entries together. The publisher follows the events; the CRL job sees the states.
        if (affected.Count > 0)
        {
            await act.CommitAsync(ct);
        }

        return affected;
    }

    private static List<CertificateRecord> Descendants(List<CertificateRecord> chain, CertificateRecord from)
    {
        var found = new List<CertificateRecord> { from };
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(chain.Where(c => (c.RenewedFromId == found[i].Id || c.PairOfId == found[i].Id) && !found.Contains(c)));
        }

        return found;
    }

    private bool Apply(CertificateRecord c, StatusChange change)
    {
        var now = time.GetUtcNow();
        switch (change.Action, c.State)
        {
            case (StatusAction.Revoke, CertificateState.Unconfirmed or CertificateState.Confirmed or CertificateState.Held):
                c.State = CertificateState.Revoked;
                c.RevokedAt = now;
                c.Reason = change.Reason;
                c.InvalidityDate = change.InvalidityDate;
                c.ConfirmBy = null;
                return true;
            case (StatusAction.Hold, CertificateState.Unconfirmed or CertificateState.Confirmed):
                c.State = CertificateState.Held;
                c.HeldAt = now;
                c.Reason = RevocationReason.CertificateHold;
                c.ConfirmBy = null; // what an operator holds waits for an operator, not for a clock
                return true;
            case (StatusAction.Resume, CertificateState.Held):
                c.State = c.ConfirmedAt is null ? CertificateState.Unconfirmed : CertificateState.Confirmed;
                c.HeldAt = null;
                c.Reason = null;
                c.ConfirmBy = c.ConfirmedAt is null ? now.AddDays(profiles[c.Profile].ConfirmWaitDays) : null;
                return true;
            default:
                return false;
        }
    }

    private void Account(Act<CaDbContext> act, CertificateRecord c, StatusChange change)
    {
        var (kind, name) = change.Action switch
        {
            StatusAction.Revoke => (EventKind.Revoked, "certificate.revoked"),
            StatusAction.Hold => (EventKind.Held, "certificate.held"),
            _ => (EventKind.Resumed, "certificate.resumed"),
        };
        act.Db.Events.Add(new() { Kind = kind, Certificate = c, At = time.GetUtcNow() });
        act.Record(new AuditEvent(name, change.Actor, CertificateTarget.Of(c))
        {
            Details = new Dictionary<string, string>
            {
                ["reason"] = (c.Reason ?? RevocationReason.Unspecified).ToString(),
                ["askedFor"] = Convert.ToHexStringLower(change.CertificateSha256),
            },
        });
    }
}
