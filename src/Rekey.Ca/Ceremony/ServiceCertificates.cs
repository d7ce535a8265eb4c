using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Ceremony;

/// <summary>What a service's certificate shall be.</summary>
/// <param name="Role">The service.</param>
/// <param name="Years">Validity, calendar years.</param>
internal sealed record ServiceWish(ServiceRole Role, int Years)
{
    /// <summary>Host names and addresses of a TLS certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The certificate whose place it takes; null for none.</summary>
    public Certificate? Replaces { get; init; }
}

/// <summary>
/// The institution's own service certificates and their rows. With a row a certificate can be revoked and OCSP knows it; those that the
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

    /// <summary>Signs one and records it, in this order; a crash in between leaves nothing, one after it a row of a certificate that nobody has.</summary>
    public async Task<Certificate> SignAsync(ServiceWish wish, PublicKey key, IssuingAuthority issuer, string actor, CancellationToken ct)
    {
        var profile = ca.Profiles.Profiles.Values.First(p => p.Issuer == issuer.Name);
        var spec = new ServiceSpec(key.Suite, wish.Years, profile.CrlUrls, profile.OcspUrls, profile.CaIssuerUrls) { Hosts = wish.Hosts };
        var now = time.GetUtcNow().ToWholeSecond();
        var template = wish.Role.Template(spec, key, issuer.Certificate, now);
        var certificate = Certificate.FromDer(Lint.Check(template.Encode(), issuer.Certificate, wish.Role.Rules(spec), now).Sign(issuer.Identity.Key));
        await RecordAsync(certificate, issuer, actor, ct, wish.Replaces);
        return certificate;
    }

    /// <summary>A certificate with the CA certificates above it, PEM.</summary>
    public string Pem(Certificate certificate) =>
        string.Concat(ca.Chains.Validate(certificate, new ChainPolicy(time.GetUtcNow())).Path.Select(c => c.ToPem()));

    private async Task RecordAsync(Certificate certificate, IssuingAuthority issuer, string actor, CancellationToken ct, Certificate? replaces = null)
    {
        var now = time.GetUtcNow();
        await using var act = await acts.BeginAsync(ct);
        var chain = new ChainRecord { Id = Guid.NewGuid(), CreatedAt = now };
        var record = CertificateRecord.InUse(certificate, await act.Db.IssuerIdAsync(issuer, ct), Mark, Mark, chain, since: certificate.NotBefore);
        act.Db.AddRange(chain, record);
        act.Record(new AuditEvent("service-certificate.recorded", actor, CertificateTarget.Of(record))
        {
            Details = Details(record, replaces),
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

    private static Dictionary<string, string> Details(CertificateRecord record, Certificate? replaces)
    {
        var details = new Dictionary<string, string> { ["serial"] = record.SerialHex, ["subject"] = record.Subject };
        if (replaces is not null)
        {
            details["replaces"] = replaces.SerialHex;
        }

        return details;
    }

    private async Task<bool> IsKnownAsync(Certificate certificate, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var sha256 = certificate.Sha256;
        return await db.Certificates.AnyAsync(c => c.Sha256 == sha256, ct);
    }
}
