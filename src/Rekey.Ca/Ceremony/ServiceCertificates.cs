using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// The rows of the institution's own service certificates. With a row a certificate can be revoked and OCSP knows it; those that the
/// ceremony made get theirs at the first start, because the ceremony has no store.
/// </summary>
internal sealed class ServiceCertificates(Acts<CaDbContext> acts, IDbContextFactory<CaDbContext> contexts, CertificationAuthority ca, TimeProvider time)
{
    /// <summary>Stands in the profile's and the subscriber's place.</summary>
    public const string Mark = "service";

    /// <summary>Records what the configuration names and the store does not know yet.</summary>
    public async Task RecordConfiguredAsync(CancellationToken ct)
    {
        foreach (var certificate in ca.Issuers.Select(i => i.Ocsp.Certificate).Append(ca.Cmp.Certificate).Concat(ca.RegistrationAuthorities))
        {
            if (ca.Issuers.FirstOrDefault(i => i.Certificate.Subject.Equals(certificate.Issuer)) is { } issuer && !await IsKnownAsync(certificate, ct))
            {
                await RecordAsync(certificate, issuer, "service:start", ct);
            }
        }
    }

    /// <summary>Records one.</summary>
    public async Task RecordAsync(Certificate certificate, IssuingAuthority issuer, string actor, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var act = await acts.BeginAsync(ct);
        var chain = new ChainRecord { Id = Guid.NewGuid(), CreatedAt = now };
        var record = CertificateRecord.InUse(certificate, await act.Db.IssuerIdAsync(issuer, ct), Mark, Mark, chain, since: certificate.NotBefore);
        act.Db.AddRange(chain, record);
        act.Record(new AuditEvent("service-certificate.recorded", actor, CertificateTarget.Of(record))
        {
            Details = new Dictionary<string, string> { ["serial"] = record.SerialHex, ["subject"] = record.Subject },
        });
        try
        {
            await act.CommitAsync(ct);
        }
        catch (DbUpdateException) when (!ct.IsCancellationRequested)
        {
            if (!await IsKnownAsync(certificate, ct))
            {
                throw; // else another process started in the same moment
            }
        }
    }

    private async Task<bool> IsKnownAsync(Certificate certificate, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var sha256 = certificate.Sha256;
        return await db.Certificates.AnyAsync(c => c.Sha256 == sha256, ct);
    }
}
