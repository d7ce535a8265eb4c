using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Upstream;
using Rekey.Login.Status;
using Rekey.Pki.Certificates;
using Rekey.Ra.Cmp;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Web.Console.Login;

/// <summary>
/// The status of operators' certificates, from the RA's own record. The RA follows the CA's events, and at a login asks for those that it
/// does not have yet: what is revoked a moment ago counts, the console does not hang on the publisher, and login and the check at each
/// request (<see cref="Ra.Operators.ConsoleSessions"/>) say the same. When the CA does not answer, the record stands in for as long as an
/// OCSP answer would.
/// </summary>
internal sealed class RegisteredStatusSource(IDbContextFactory<RaDbContext> contexts, CaFollower follower, TimeProvider time) : ICertificateStatusSource
{
    /// <summary>As <see cref="OcspStatusSource"/> has it.</summary>
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public async Task<CertificateStatus> AskAsync(Certificate certificate, Certificate issuer, CancellationToken cancel)
    {
        try
        {
            await follower.CatchUpAsync(cancel);
        }
        catch (CaUnreachableException)
        {
            if (!(time.GetUtcNow() - follower.CaughtUpAt <= LongestOutage))
            {
                return new(CertificateStatusKind.Unavailable);
            }
        }

        var sha256 = SHA256.HashData(certificate.Encoded.Span);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.Certificates.AsNoTracking().Where(c => c.Sha256 == sha256).Select(c => new { c.State, c.RevokedAt }).SingleOrDefaultAsync(cancel);
        return found?.State switch
        {
            CertificateState.Active or CertificateState.Superseded => new(CertificateStatusKind.Good), // superseded is no revocation
            CertificateState.Held or CertificateState.Revoked => new(CertificateStatusKind.Revoked, found.RevokedAt),
            _ => new(CertificateStatusKind.Unknown),
        };
    }
}
