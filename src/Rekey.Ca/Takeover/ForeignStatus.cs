using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Takeover;

/// <summary>What is known of certificates that a foreign CA issued.</summary>
public sealed class ForeignStatus(TimeZoneInfo zone, TimeProvider time)
{
    // A parsed CRL is kept until a newer one is there; parsing one of a million entries takes seconds.
    private readonly ConcurrentDictionary<int, (long Number, CertificateRevocationList Crl)> parsed = new();

    /// <summary>Makes sure that a foreign CA's certificate is not revoked, as far as that CA says and no longer than its word holds.</summary>
    /// <exception cref="ProblemException">Revoked or on hold there, or its status is not fresh.</exception>
    public async Task DemandGoodAsync(CaDbContext db, IssuerRecord issuer, string serialHex, CancellationToken ct)
    {
        var (crl, _) = await FreshCrlAsync(db, issuer, ct) ?? throw new ProblemException(Problems.StatusNotFresh());
        if (crl.Find(serialHex) is { } entry)
        {
            throw new ProblemException(Problems.CertificateRevoked(RenewalWindow.CalendarDay(entry.RevokedAt, zone)));
        }
    }

    /// <summary>The CRL that counts now and until when it does; null when the last one is too old.</summary>
    internal async Task<(CertificateRevocationList Crl, DateTimeOffset Until)?> FreshCrlAsync(CaDbContext db, IssuerRecord issuer, CancellationToken ct)
    {
        var newest = await db.Crls.AsNoTracking().Where(c => c.IssuerId == issuer.Id).OrderByDescending(c => c.Number)
            .Select(c => new { c.Number, c.ThisUpdate, c.NextUpdate }).FirstOrDefaultAsync(ct);
        if (newest is null)
        {
            return null;
        }

        var until = issuer.CrlSource is null ? DateTimeOffset.MaxValue // final: the CA has stopped, its last word holds
            : issuer.CrlMaxAgeHours is { } hours ? newest.ThisUpdate.AddHours(hours)
            : newest.NextUpdate;
        if (until < time.GetUtcNow())
        {
            return null;
        }

        if (parsed.TryGetValue(issuer.Id, out var kept) && kept.Number == newest.Number)
        {
            return (kept.Crl, until);
        }

        var der = await db.Crls.Where(c => c.IssuerId == issuer.Id && c.Number == newest.Number).Select(c => c.Der).FirstOrDefaultAsync(ct);
        if (der is null)
        {
            return null; // replaced this very moment; the caller's retry finds the newer one
        }

        var crl = CertificateRevocationList.Read(der);
        parsed[issuer.Id] = (newest.Number, crl);
        return (crl, until);
    }
}
