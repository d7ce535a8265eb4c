using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;

namespace Rekey.Ca.Issuers;

/// <summary>The rows of our own CAs.</summary>
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
}
