using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Upstream;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Notices;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Download;

/// <summary>
/// Records what the CA did for a download, within the transaction of whoever follows its events. Each can be repeated, and only the first time
/// changes anything. That the session's page is to be told is recorded with it.
/// </summary>
internal static class DownloadOutcome
{
    /// <summary>The CA issued a certificate that waits for its confirmation: alone, or one half of a pair.</summary>
    /// <returns>False when the RA knows of no such download.</returns>
    public static async Task<bool> IssuedAsync(RaDbContext db, byte[] downloadId, CaEvent issued, CancellationToken cancel)
    {
        var download = await db.Downloads.AsNoTracking().Include(d => d.Authorisation).Include(d => d.Certificates).ThenInclude(c => c.Certificate)
            .SingleOrDefaultAsync(d => d.DownloadId == downloadId, cancel);
        if (download is null)
        {
            return false;
        }

        await AddAsync(db, download, issued, cancel);
        await db.SaveChangesAsync(cancel);
        await db.Downloads.Where(d => d.Id == download.Id && d.SessionId != null && d.State == DownloadState.Open)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.Untold, ServerStep.Issued), cancel);
        return true;
    }

    /// <summary>The CA confirmed: the certificates are in use, the authorisation is spent.</summary>
    /// <returns>False when the RA knows of no such download.</returns>
    public static async Task<bool> ConfirmedAsync(RaDbContext db, byte[] downloadId, DateTimeOffset now, CancellationToken cancel)
    {
        var first = await db.Downloads.Where(d => d.DownloadId == downloadId && d.State == DownloadState.Open)
            .ExecuteUpdateAsync(
                d => d.SetProperty(x => x.State, DownloadState.Confirmed).SetProperty(x => x.EndedAt, now)
                    .SetProperty(x => x.Untold, x => x.SessionId == null ? null : ServerStep.Confirmed),
                cancel);
        if (first == 0)
        {
            return await db.Downloads.AnyAsync(d => d.DownloadId == downloadId, cancel);
        }

        var download = await db.Downloads.AsNoTracking().Include(d => d.Authorisation).Include(d => d.Certificates).SingleAsync(d => d.DownloadId == downloadId, cancel);
        var brought = download.Certificates.ConvertAll(c => c.CertificateId);
        await db.Certificates.Where(c => brought.Contains(c.Id) && c.State == CertificateState.Unconfirmed)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, CertificateState.Active), cancel);
        await db.Authorisations.Where(a => a.Id == download.AuthorisationId && a.SpentAt == null)
            .ExecuteUpdateAsync(a => a.SetProperty(x => x.State, AuthorisationState.Spent).SetProperty(x => x.SpentAt, now).SetProperty(x => x.Version, x => x.Version + 1), cancel);
        db.Outbox.Add(new OutboxNotice
        {
            Kind = NoticeKind.Downloaded,
            SubscriberId = download.Authorisation.SubscriberId,
            CertificateId = download.Certificates.Single(c => c.Ordinal == 0).CertificateId,
            CreatedAt = now,
        });
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>The download came to nothing (never confirmed, held, revoked, or refused): the authorisation allows another.</summary>
    public static Task EndedAsync(RaDbContext db, byte[] downloadId, byte[] certificateSha256, DateTimeOffset now, CancellationToken cancel) => db.Downloads
        .Where(d => d.DownloadId == downloadId && d.State == DownloadState.Open && d.Certificates.Any(c => c.Certificate.Sha256 == certificateSha256))
        .ExecuteUpdateAsync(d => d.SetProperty(x => x.State, DownloadState.Ended).SetProperty(x => x.EndedAt, now), cancel);

    /// <summary>A certificate that nobody had confirmed is no longer on hold: its download goes on, unless another one has begun.</summary>
    /// <returns>Whether the certificate is one that waits for its confirmation.</returns>
    public static async Task<bool> ReopenAsync(RaDbContext db, byte[] downloadId, byte[] certificateSha256, CancellationToken cancel)
    {
        var download = await db.Downloads.AsNoTracking()
            .SingleOrDefaultAsync(d => d.DownloadId == downloadId && d.Certificates.Any(c => c.Certificate.Sha256 == certificateSha256), cancel);
        if (download is null || download.State == DownloadState.Confirmed)
        {
            return false;
        }

        await ReopenAsync(db, download, cancel);
        return true;
    }

    private static Task<int> ReopenAsync(RaDbContext db, DownloadRecord download, CancellationToken cancel) => db.Downloads
        .Where(d => d.Id == download.Id && d.State == DownloadState.Ended
            && !db.Downloads.Any(o => o.AuthorisationId == download.AuthorisationId && o.State != DownloadState.Ended))
        .ExecuteUpdateAsync(d => d.SetProperty(x => x.State, DownloadState.Open).SetProperty(x => x.EndedAt, (DateTimeOffset?)null), cancel);

    private static async Task AddAsync(RaDbContext db, DownloadRecord download, CaEvent issued, CancellationToken cancel)
    {
        var facts = CertificateFacts.Read(issued.Certificate!) ?? throw new ArgumentException("the CA's certificate cannot be read", nameof(issued));
        var ordinal = issued.PairOfSha256 is null ? 0 : 1;
        if (download.Certificates.Exists(c => c.Certificate.Sha256.AsSpan().SequenceEqual(facts.Sha256)))
        {
            return;
        }

        if (download.Certificates.Exists(c => c.Ordinal == ordinal))
        {
            // The same download with another key, because the first is no longer on the token or another token was taken: the CA has rejected what
            // it had issued for that, which may have ended the download here.
            await db.DownloadCertificates.Where(c => c.DownloadId == download.Id && c.Ordinal == ordinal).ExecuteDeleteAsync(cancel);
            await ReopenAsync(db, download, cancel);
        }

        var signing = issued.PairOfSha256;
        db.DownloadCertificates.Add(new DownloadCertificate
        {
            DownloadId = download.Id,
            Ordinal = ordinal,
            Certificate = new()
            {
                Sha256 = facts.Sha256,
                Der = issued.Certificate!,
                IssuerId = await db.IssuerIdAsync(facts, cancel),
                Serial = facts.Serial,
                SpkiSha256 = facts.SpkiSha256,
                NotBefore = facts.NotBefore,
                NotAfter = facts.NotAfter,
                SubscriberId = download.Authorisation.SubscriberId,
                Profile = issued.Profile,
                State = CertificateState.Unconfirmed,
                // The signing half's event always comes first.
                PairOfId = signing is null ? null : await db.Certificates.Where(c => c.Sha256 == signing).Select(c => (long?)c.Id).SingleOrDefaultAsync(cancel),
            },
        });
    }
}
