using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Takeover;

/// <summary>
/// Looks at the CRLs of taken-over CAs, and carries what they revoke over to the chains here: what was renewed from a certificate that
/// is revoked there does not live on here.
/// </summary>
public sealed partial class FollowForeignCrls(
    IDbContextFactory<CaDbContext> store, ChangeStatus change, ILogger<FollowForeignCrls> log)
{
    private const string Actor = "job:foreign-crls";
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>Looks once at each.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        foreach (var issuer in await db.Issuers.AsNoTracking().Where(i => i.Kind == IssuerKind.Foreign && i.CrlSource != null).ToListAsync(ct))
        {
            try
            {
                var crl = await new CrlSource(Http).FetchAsync(issuer.CrlSource!, Certificate.FromDer(issuer.Der), ct);
                await db.StoreForeignCrlAsync(issuer, crl, ct);
                await db.SaveChangesAsync(ct);
                await ApplyAsync(db, issuer, crl, ct);
            }
            catch (ConfigurationException e)
            {
                // Its certificates are refused once the last CRL is too old; until then nothing is lost.
                LogFailed(log, issuer.Name, e.Message);
            }
        }
    }

    private async Task ApplyAsync(CaDbContext db, IssuerRecord issuer, CertificateRevocationList crl, CancellationToken ct)
    {
        var living = await db.Certificates.AsNoTracking()
            .Where(c => c.IssuerId == issuer.Id && (c.State == CertificateState.Confirmed || c.State == CertificateState.Held))
            .Select(c => new { c.Sha256, c.SerialHex, c.State }).ToListAsync(ct);
        foreach (var c in living)
        {
            var action = (crl.Find(c.SerialHex)?.Reason, c.State) switch
            {
                (null, _) => (StatusAction?)null, // a hold that ends there is ended here by an operator, who may have a reason of his own
                ((int)RevocationReason.CertificateHold, CertificateState.Confirmed) => StatusAction.Hold,
                ((int)RevocationReason.CertificateHold, _) => null,
                _ => StatusAction.Revoke,
            };
            if (action is { } what)
            {
                var reason = crl.Find(c.SerialHex)?.Reason is { } r && Enum.IsDefined((RevocationReason)r) ? (RevocationReason)r : RevocationReason.Unspecified;
                await change.RunAsync(new(c.Sha256, what, Actor) { Reason = reason, Scope = StatusScope.Descendants }, ct);
            }
        }
    }

    [LoggerMessage(4201, LogLevel.Warning, "The CRL of the taken-over CA {Issuer} could not be fetched: {Reason}")]
    private static partial void LogFailed(ILogger logger, string issuer, string reason);
}
