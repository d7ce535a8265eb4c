using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ca.Takeover;

/// <summary>A CA that shall be taken over (接管).</summary>
/// <param name="Name">In configuration and logs.</param>
/// <param name="Certificate">Its certificate.</param>
/// <param name="Actor">Who asked, for the audit log.</param>
public sealed record ForeignIssuer(string Name, Certificate Certificate, string Actor)
{
    /// <summary>File or http address of its CRL, looked at again and again; null with a <see cref="FinalCrl"/>.</summary>
    public string? CrlSource { get; init; }

    /// <summary>How old its CRL may be when that has no nextUpdate, or none that holds.</summary>
    public int? CrlMaxAgeHours { get; init; }

    /// <summary>The last CRL of a CA that has stopped: signed by it, and valid for ever.</summary>
    public byte[]? FinalCrl { get; init; }
}

/// <summary>
/// The CA's half of a takeover: registers a foreign CA with the source of its status. Without one nothing is taken over, because a
/// certificate whose revocation nobody would notice must not be renewed. The RA's half is importing the certificates.
/// </summary>
public sealed class RegisterForeignIssuer(Acts<CaDbContext> acts)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>Registers it; registering the same certificate again changes its source.</summary>
    /// <exception cref="ConfigurationException">Not a CA's certificate, or its CRL cannot be had or is not its own.</exception>
    public async Task RunAsync(ForeignIssuer issuer, CancellationToken ct)
    {
        if (!issuer.Certificate.IsCa || issuer.CrlSource is null == issuer.FinalCrl is null)
        {
            throw new ConfigurationException(issuer.Certificate.IsCa
                ? "a foreign CA needs either the source of its CRL or its final CRL"
                : $"{issuer.Certificate.Subject}: is not a CA's certificate");
        }

        var crl = issuer.FinalCrl is { } final
            ? CrlSource.Verify(final, "the final CRL", issuer.Certificate)
            : await new CrlSource(Http).FetchAsync(issuer.CrlSource!, issuer.Certificate, ct);

        await using var act = await acts.BeginAsync(ct);
        var sha256 = issuer.Certificate.Sha256;
        var record = await act.Db.Issuers.SingleOrDefaultAsync(i => i.Sha256 == sha256, ct);
        if (record is null)
        {
            record = act.Db.Issuers.Add(new()
            {
                Name = issuer.Name,
                Kind = IssuerKind.Foreign,
                SubjectDer = issuer.Certificate.Subject.Encoded.ToArray(),
                Der = issuer.Certificate.Encoded.ToArray(),
                Sha256 = sha256,
            }).Entity;
        }
        else if (record.Kind == IssuerKind.Own)
        {
            throw new ConfigurationException($"{issuer.Certificate.Subject}: is our own");
        }

        record.CrlSource = issuer.CrlSource;
        record.CrlMaxAgeHours = issuer.CrlMaxAgeHours;
        await act.Db.SaveChangesAsync(ct);
        await act.Db.StoreForeignCrlAsync(record, crl, ct);
        act.Record(new AuditEvent("issuer.taken-over", issuer.Actor, $"issuer:{issuer.Name}")
        {
            Details = new Dictionary<string, string> { ["certificate"] = Convert.ToHexStringLower(sha256), ["source"] = issuer.CrlSource ?? "final CRL" },
        });
        await act.CommitAsync(ct);
    }
}

/// <summary>Rows of foreign CRLs: the newest only.</summary>
internal static class ForeignCrls
{
    /// <summary>Stores a CRL unless it is older than the one that is there.</summary>
    /// <returns>Whether it was stored.</returns>
    public static async Task<bool> StoreForeignCrlAsync(this CaDbContext db, IssuerRecord issuer, CertificateRevocationList crl, CancellationToken ct)
    {
        var number = crl.ThisUpdate.ToUnixTimeSeconds(); // a cRLNumber may have 160 bits, and not every CA writes one
        var known = await db.Crls.Where(c => c.IssuerId == issuer.Id).Select(c => (long?)c.Number).MaxAsync(ct);
        if (known >= number)
        {
            return false;
        }

        await db.Crls.Where(c => c.IssuerId == issuer.Id).ExecuteDeleteAsync(ct);
        db.Crls.Add(new CrlRecord
        {
            IssuerId = issuer.Id,
            Number = number,
            ThisUpdate = crl.ThisUpdate,
            NextUpdate = crl.NextUpdate ?? DateTimeOffset.MaxValue.AddDays(-1),
            Der = crl.Encoded.ToArray(),
        });
        return true;
    }
}
