using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Takeover;

/// <summary>
/// Makes a taken-over CA's certificate known here, when its holder first comes to renew it: from then on it has a row, a chain and a
/// lock like our own.
/// </summary>
public sealed class AdoptForeignCertificate(Acts<CaDbContext> acts, ForeignStatus status, TimeProvider time)
{
    /// <summary>Adopts it; adopted already is fine.</summary>
    /// <param name="certificate">As its holder sent it.</param>
    /// <param name="profile">The profile under which it is renewed, from the RA's statement.</param>
    /// <param name="subscriberId">Its holder, from the RA's statement.</param>
    /// <param name="actor">Who vouched for that, for the audit log.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>Its record; null when no CA that was taken over issued it.</returns>
    /// <exception cref="ProblemException">Revoked there, or its status is not fresh.</exception>
    public async Task<CertificateRecord?> RunAsync(Certificate certificate, string profile, string subscriberId, string actor, CancellationToken ct)
    {
        await using var act = await acts.BeginAsync(ct);
        if (await act.Db.ForeignIssuerAsync(certificate, ct) is not { } issuer)
        {
            return null;
        }

        await status.DemandGoodAsync(act.Db, issuer, certificate.SerialHex, ct);
        var sha256 = certificate.Sha256;
        if (await act.Db.Certificates.SingleOrDefaultAsync(c => c.Sha256 == sha256, ct) is { } known)
        {
            return known;
        }

        var now = time.GetUtcNow();
        var chain = new ChainRecord { Id = Guid.NewGuid(), CreatedAt = now };
        var record = CertificateRecord.InUse(certificate, issuer.Id, profile, subscriberId, chain, since: now);
        act.Db.AddRange(chain, record);
        act.Record(new AuditEvent("certificate.adopted", actor, CertificateTarget.Of(record))
        {
            Details = new Dictionary<string, string> { ["issuer"] = issuer.Name, ["serial"] = record.SerialHex },
        });
        try
        {
            await act.CommitAsync(ct);
            return record;
        }
        catch (DbUpdateException) when (!ct.IsCancellationRequested)
        {
            // The holder's client sent it twice at once; the other message's row is as good.
            await using var again = await acts.BeginAsync(ct);
            return await again.Db.Certificates.AsNoTracking().Include(c => c.Issuer).SingleAsync(c => c.Sha256 == sha256, ct);
        }
    }
}
