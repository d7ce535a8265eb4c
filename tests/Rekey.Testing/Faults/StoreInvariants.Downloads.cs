using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Download;
using Rekey.Ra.Notices;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using CaState = Rekey.Ca.Certificates.CertificateState;

namespace Rekey.Testing.Faults;

/// <content>Downloads: an authorisation is spent exactly when the CA has confirmed what it allowed.</content>
internal static partial class StoreInvariants
{
    // A first certificate with an id, or the other half of one.
    private static bool IsDownloaded(CertificateRecord c, List<CertificateRecord> all) =>
        c is { RenewalId: not null, RenewedFromId: null } && (c.PairOfId is null || all.Find(o => o.Id == c.PairOfId) is { RenewedFromId: null });

    private static async Task CheckDownloadsAsync(StoreView view, RaDbContext ra, List<CertificateRecord> issued, string? holder, Findings findings)
    {
        var downloads = await ra.Downloads.AsNoTracking().Include(d => d.Authorisation.Subscriber).Include(d => d.Certificates).ThenInclude(c => c.Certificate)
            .Where(d => holder == null || d.Authorisation.Subscriber.StableId == holder).ToListAsync();
        foreach (var authorisation in await ra.Authorisations.AsNoTracking().Where(a => holder == null || a.Subscriber.StableId == holder).ToListAsync())
        {
            var mine = downloads.Where(d => d.AuthorisationId == authorisation.Id).ToList();
            var live = mine.Count(d => d.State != DownloadState.Ended);
            findings.Demand(live <= 1, $"authorisation {authorisation.Id}: {live} downloads are open or confirmed");
            var confirmed = issued.Count(c => c.ConfirmedAt is not null && c.PairOfId is null && c.RenewedFromId is null && mine.Exists(d => d.DownloadId.AsSpan().SequenceEqual(c.RenewalId)));
            var spent = authorisation.State == AuthorisationState.Spent;
            findings.Demand(confirmed == (spent ? 1 : 0), $"authorisation {authorisation.Id}: is {authorisation.State}, and the CA has confirmed {confirmed} certificates under it");
            findings.Demand(spent == authorisation.SpentAt is not null, $"authorisation {authorisation.Id}: is {authorisation.State}, and was spent at {authorisation.SpentAt}");
        }

        foreach (var download in downloads)
        {
            var brought = issued.Where(c => c.RenewalId.AsSpan().SequenceEqual(download.DownloadId)).ToList();
            CheckDownload(view, download, brought, findings);
            var told = await ra.Outbox.CountAsync(n => n.Kind == NoticeKind.Downloaded && ra.DownloadCertificates.Any(c => c.DownloadId == download.Id && c.CertificateId == n.CertificateId));
            findings.Demand(told == (download.State == DownloadState.Confirmed ? 1 : 0), $"download {download.Id}: is {download.State}, and its holder is told {told} times");
        }

        foreach (var c in issued.Where(c => IsDownloaded(c, issued)))
        {
            findings.Demand(downloads.Exists(d => d.DownloadId.AsSpan().SequenceEqual(c.RenewalId)), $"{Name(c)}: the RA knows no download that brought it");
        }
    }

    private static void CheckDownload(StoreView view, DownloadRecord download, List<CertificateRecord> brought, Findings findings)
    {
        var name = $"download {download.Id}";
        var confirmed = brought.Where(c => c.ConfirmedAt is not null).ToList();
        findings.Demand(brought.TrueForAll(c => c.SubscriberId == download.Authorisation.Subscriber.StableId), $"{name}: brought a certificate of somebody else");
        findings.Demand(brought.TrueForAll(c => c.ChainId == new Guid(download.DownloadId)), $"{name}: brought a certificate into another chain");
        switch (download.State)
        {
            case DownloadState.Open:
                var fresh = brought.Count == 0 && download.StartedAt > view.Time.GetUtcNow() - OpenSession.Lifetime - CleanupLag;
                findings.Demand(fresh || brought.Exists(c => c.State == CaState.Unconfirmed), $"{name}: is open without a reason");
                break;
            case DownloadState.Confirmed:
                findings.Demand(confirmed.Count == (download.EncryptionKeyType is null ? 1 : 2), $"{name}: is confirmed, and the CA has confirmed {confirmed.Count} certificates of it");
                findings.Demand(
                    confirmed.TrueForAll(c => download.Certificates.Exists(n => n.Certificate.Sha256.AsSpan().SequenceEqual(c.Sha256))),
                    $"{name}: is confirmed, and the RA has another certificate for it");
                break;
            default:
                findings.Demand(confirmed.Count == 0, $"{name}: has ended, and the CA has confirmed a certificate of it");
                findings.Demand(!brought.Exists(c => c.State == CaState.Unconfirmed), $"{name}: has ended, and the CA waits for its confirmation");
                break;
        }
    }
}
