using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Issuers;

/// <summary>The rows of CAs.</summary>
public static class IssuerRegistry
{
    /// <summary>The key of an issuing CA's row, which is made if it is missing.</summary>
    public static async Task<int> IssuerIdAsync(this CaDbContext db, IssuingAuthority issuer, CancellationToken ct)
    {
        var sha256 = issuer.Certificate.Sha256;
        if (await db.Issuers.Where(i => i.Sha256 == sha256).Select(i => (int?)i.Id).SingleOrDefaultAsync(ct) is { } id)
        {
            return id;
        }

        var row = db.Issuers.Add(new IssuerRecord
        {
            Name = issuer.Name,
            Kind = IssuerKind.Own,
            SubjectDer = issuer.Certificate.Subject.Encoded.ToArray(),
            Der = issuer.Certificate.Encoded.ToArray(),
            Sha256 = sha256,
        });
        await db.SaveChangesAsync(ct);
        return row.Entity.Id;
    }

    /// <summary>The taken-over CA that issued a certificate, by name and signature; null when none did.</summary>
    public static async Task<IssuerRecord?> ForeignIssuerAsync(this CaDbContext db, Certificate certificate, CancellationToken ct)
    {
        var name = certificate.Issuer.Encoded.ToArray();
        var candidates = await db.Issuers.Where(i => i.Kind == IssuerKind.Foreign && i.SubjectDer == name).ToListAsync(ct);
        return candidates.Find(i => IssuedBy(certificate, i));
    }

    private static bool IssuedBy(Certificate certificate, IssuerRecord issuer)
    {
        try
        {
            return certificate.Verify(Certificate.FromDer(issuer.Der).PublicKey);
        }
        catch (UnsupportedKeyException)
        {
            return false;
        }
    }
}
