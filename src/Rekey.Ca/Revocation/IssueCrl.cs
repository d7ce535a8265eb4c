using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Revocation;

/// <summary>Makes full CRLs: on schedule, and soon after a status changed, but never two within half a minute.</summary>
public sealed class IssueCrl(IDbContextFactory<CaDbContext> store, Acts<CaDbContext> acts, EventFeed feed, CertificationAuthority ca, TimeProvider time)
{
    /// <summary>Least time between two CRLs of an issuer: a wave of revocations makes one CRL, not hundreds.</summary>
    public static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(30);

    /// <summary>Makes the CRLs that are due.</summary>
    /// <returns>How many were made.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        await feed.NumberAsync(ct); // so that an event that commits late still counts as newer than the CRL
        var made = 0;
        foreach (var issuer in ca.Issuers)
        {
            bool due;
            await using (var db = await store.CreateDbContextAsync(ct))
            {
                due = await IsDueAsync(db, issuer, ct); // looked at first without any lock, because mostly nothing is due
            }

            made += due && await MakeAsync(issuer, ct) ? 1 : 0;
        }

        return made;
    }

    private async Task<bool> IsDueAsync(CaDbContext db, IssuingAuthority issuer, CancellationToken ct)
    {
        var sha256 = issuer.Certificate.Sha256;
        var last = await db.Crls.Where(c => db.Issuers.Any(i => i.Id == c.IssuerId && i.Sha256 == sha256))
            .OrderByDescending(c => c.Number).Select(c => new { c.ThisUpdate, c.LastEvent, c.IssuerId }).FirstOrDefaultAsync(ct);
        if (last is null || last.ThisUpdate + issuer.Settings.CrlEvery <= time.GetUtcNow())
        {
            return true;
        }

        return last.ThisUpdate + LeastInterval <= time.GetUtcNow() && await LastEventAsync(db, last.IssuerId, ct) > last.LastEvent;
    }

    private async Task<bool> MakeAsync(IssuingAuthority issuer, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        if (!await act.Db.TryLockAsync($"crl.{issuer.Name}", ct) || !await IsDueAsync(act.Db, issuer, ct))
        {
            return false; // another node is making it, or has just made it
        }

        var issuerId = await act.Db.IssuerIdAsync(issuer, ct);
        var number = (await act.Db.Crls.Where(c => c.IssuerId == issuerId).MaxAsync(c => (long?)c.Number, ct) ?? 0) + 1;
        var lastEvent = await LastEventAsync(act.Db, issuerId, ct); // before the states, so that what comes in between makes another CRL
        var now = time.GetUtcNow().ToWholeSecond();
        var expiredSince = now.AddDays(-(2 + ca.Profiles.Profiles.Values.Max(p => p.Window.DaysAfter)));
        var template = new CrlTemplate
        {
            Number = number,
            ThisUpdate = now,
            NextUpdate = now + issuer.Settings.CrlValid,
            ExpiredSince = expiredSince, // expired certificates can still be renewed, so their revocation must still show
            Entries = await EntriesAsync(act.Db, issuerId, expiredSince, ct),
        };
        act.Db.Crls.Add(new()
        {
            IssuerId = issuerId,
            Number = number,
            ThisUpdate = template.ThisUpdate,
            NextUpdate = template.NextUpdate,
            LastEvent = lastEvent,
            Der = CrlBuilder.Sign(template, issuer.Certificate, issuer.Identity.Key),
        });
        act.Record(new AuditEvent("crl.issued", "job:crl", $"issuer:{issuer.Name}")
        {
            Details = new Dictionary<string, string> { ["number"] = number.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        });
        await act.CommitAsync(ct);
        return true;
    }

    // Only events that change what a CRL says.
    private static async Task<long> LastEventAsync(CaDbContext db, int issuerId, CancellationToken ct) => await db.Events
        .Where(e => e.Certificate.IssuerId == issuerId && e.Kind != EventKind.Issued && e.Kind != EventKind.Confirmed && e.Kind != EventKind.KeyRecovered)
        .MaxAsync(e => e.Sequence, ct) ?? 0;

    private static async Task<List<CrlEntry>> EntriesAsync(CaDbContext db, int issuerId, DateTimeOffset expiredSince, CancellationToken ct) =>
        (await db.Certificates
            .Where(c => c.IssuerId == issuerId && c.NotAfter >= expiredSince
                && (c.State == CertificateState.Held || c.State == CertificateState.Revoked || c.State == CertificateState.Rejected))
            .OrderBy(c => c.Id)
            .Select(c => new { c.SerialHex, c.RevokedAt, c.HeldAt, c.Reason, c.InvalidityDate })
            .ToListAsync(ct))
        .ConvertAll(c => new CrlEntry(c.SerialHex, (c.RevokedAt ?? c.HeldAt)!.Value, (int)(c.Reason ?? RevocationReason.Unspecified), c.InvalidityDate));
}
