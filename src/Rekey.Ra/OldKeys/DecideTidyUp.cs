using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Renewal;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.OldKeys;

/// <summary>What the agent removes from the token once a renewal is confirmed.</summary>
/// <param name="Retire">Whether the old signing pair goes.</param>
/// <param name="Remove">Certificates of earlier renewals whose pairs go, SHA-256, lower-case hex.</param>
internal sealed record TidyUp(bool Retire, IReadOnlyList<string> Remove)
{
    /// <summary>Whether the agent has anything to remove, and will say that it has done so.</summary>
    public bool Any => Retire || Remove.Count > 0;
}

/// <summary>
/// Decides it, each time that a renewal begins or is gone on with, since dates may have been registered or have passed meanwhile. A key
/// that is let go is marked as released, so that whoever registers a date later learns that it may be too late.
/// </summary>
internal sealed class DecideTidyUp(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>Decides and records it.</summary>
    /// <param name="renewal">The renewal.</param>
    /// <param name="present">The certificate that it replaces.</param>
    /// <param name="onToken">Certificates on its token, SHA-256, lower-case hex.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<TidyUp> DecideAsync(RenewalRecord renewal, RegisteredCertificate present, IReadOnlyCollection<string> onToken, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (renewal.Tidies == renewal.Retire && !await IsAnyOldKeyAsync(db, present, onToken, cancel))
        {
            return new(renewal.Retire, []);
        }

        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockKeysAsync(present.SubscriberId, cancel);
        var today = RenewalWindow.CalendarDay(time.GetUtcNow(), options.Institution.Zone());
        var earlier = await EarlierAsync(act.Db, present, onToken, cancel);
        var needs = await act.Db.NeedsAsync([present.Id, .. earlier.Select(c => c.Id)], today, cancel);
        var retire = renewal.Retire && !needs.Any(n => n.CertificateId == present.Id);
        if (renewal.Retire && CertificateFacts.Read(present.Der)!.Opens)
        {
            await MarkAsync(act, present, renewal, released: retire, changed: retire != renewal.Tidies, cancel);
        }

        var remove = new List<string>();
        foreach (var certificate in earlier)
        {
            var goes = OldKeyRule.MayGo(await KeyAsync(act.Db, certificate, needs, cancel), await RuleAsync(act.Db, certificate, cancel), today);
            await MarkAsync(act, certificate, renewal, goes, changed: false, cancel);
            if (goes)
            {
                remove.Add(Convert.ToHexStringLower(certificate.Sha256));
            }
        }

        var tidyUp = new TidyUp(retire, remove);
        await act.Db.Renewals.Where(r => r.Id == renewal.Id).ExecuteUpdateAsync(r => r.SetProperty(x => x.Tidies, tidyUp.Any), cancel);

        // COMMIT. Durable: which keys are let go. The agent removes nothing before it has the CA's word that the renewal is confirmed.
        await act.CommitAsync(cancel);
        return tidyUp;
    }

    /// <summary>What is on the token of the same holder from earlier renewals.</summary>
    internal static async Task<IReadOnlyList<RegisteredCertificate>> EarlierAsync(
        RaDbContext db, RegisteredCertificate present, IReadOnlyCollection<string> onToken, CancellationToken cancel)
    {
        var sha256 = onToken.Select(Convert.FromHexString).ToList();
        return sha256.Count == 0 ? [] : await db.Certificates.AsNoTracking().Include(c => c.Issuer)
            .Where(c => c.SubscriberId == present.SubscriberId && c.State == CertificateState.Superseded && sha256.Contains(c.Sha256) && c.Id != present.Id && c.PairOfId != present.Id)
            .OrderBy(c => c.Id).ToListAsync(cancel);
    }

    private static async Task<bool> IsAnyOldKeyAsync(RaDbContext db, RegisteredCertificate present, IReadOnlyCollection<string> onToken, CancellationToken cancel) =>
        CertificateFacts.Read(present.Der)!.Opens || (await EarlierAsync(db, present, onToken, cancel)).Count > 0;

    private async Task<OldKey> KeyAsync(RaDbContext db, RegisteredCertificate certificate, IReadOnlyList<Need> needs, CancellationToken cancel)
    {
        var signing = certificate.PairOfId ?? certificate.Id;
        var since = await db.Renewals.Where(r => r.OldCertificateId == signing && r.State == RenewalState.Confirmed).Select(r => r.EndedAt).SingleOrDefaultAsync(cancel);
        return new(
            certificate.PairOfId is not null,
            since is { } at ? RenewalWindow.CalendarDay(at, options.Institution.Zone()) : null,
            certificate.Issuer.TakenOver,
            [.. needs.Where(n => n.CertificateId == certificate.Id)]);
    }

    private async Task<ProfileRule> RuleAsync(RaDbContext db, RegisteredCertificate certificate, CancellationToken cancel) => options.Renewal.For(
        certificate.PairOfId is { } signing ? await db.Certificates.Where(c => c.Id == signing).Select(c => c.Profile).SingleAsync(cancel) : certificate.Profile);

    // Audited where it changes something: the mark, or what the agent was told before.
    private async Task MarkAsync(Act<RaDbContext> act, RegisteredCertificate certificate, RenewalRecord renewal, bool released, bool changed, CancellationToken cancel)
    {
        if (released != certificate.KeyReleasedAt is not null)
        {
            DateTimeOffset? at = released ? time.GetUtcNow() : null;
            await act.Db.Certificates.Where(c => c.Id == certificate.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.KeyReleasedAt, at), cancel);
        }
        else if (!changed)
        {
            return;
        }

        act.Record(new AuditEvent(released ? "old-key.released" : "old-key.kept", "session", RenewalAudit.Target(certificate.Sha256))
        {
            Details = new Dictionary<string, string> { ["renewal"] = Convert.ToHexStringLower(renewal.RenewalId) },
        });
    }
}
