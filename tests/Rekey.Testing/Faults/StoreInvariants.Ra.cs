using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Ceremony;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra.Cmp;
using Rekey.Ra.Notices;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Tokens;
using Rekey.Tokens.Journal;
using CaState = Rekey.Ca.Certificates.CertificateState;
using RaState = Rekey.Ra.Subscribers.CertificateState;

namespace Rekey.Testing.Faults;

/// <content>The RA's store, the publisher and a token beside the CA's store.</content>
internal static partial class StoreInvariants
{
    /// <summary>The clean-up that ends an intent from which nothing came runs hourly.</summary>
    private static readonly TimeSpan CleanupLag = TimeSpan.FromHours(2);

    private static readonly HttpClient Http = new();

    /// <summary>Pairs on a token that belong to nothing that RA or CA know.</summary>
    public static async Task<IReadOnlyList<string>> OrphansAsync(StoreView view, IReadOnlyList<TokenPair> pairs)
    {
        var findings = new Findings();
        await using var ca = await view.Ca.CreateDbContextAsync();
        await using var ra = await view.Ra.CreateDbContextAsync();
        foreach (var pair in pairs)
        {
            if (RenewalKeyId.TryRead(pair.Id) is { } id)
            {
                var renewalId = Convert.FromHexString(id.RenewalId);
                var download = id.IsDownload && await ra.Downloads.AnyAsync(d => d.DownloadId == renewalId);
                var renewal = await ra.Renewals.AsNoTracking().Include(r => r.OldCertificate).SingleOrDefaultAsync(r => r.RenewalId == renewalId);
                findings.Demand(renewal is not null || download, $"token: the key of renewal {id.RenewalId} is an orphan, the RA does not know it");
                findings.Demand(renewal is null || id.Replaces(renewal.OldCertificate.Der), $"token: the key of renewal {id.RenewalId} names another old certificate");
            }

            if (pair.Certificate is { } der)
            {
                var sha256 = SHA256.HashData(der);
                findings.Demand(await ca.Certificates.AnyAsync(c => c.Sha256 == sha256), "token: a certificate is an orphan, the CA does not know it");
            }
        }

        return findings.All;
    }

    private static async Task FollowAsync(StoreView view, Findings findings)
    {
        // While others work there may be more events in a moment; what is there now is what following must reach.
        var (cursor, last) = await PositionsAsync(view);
        try
        {
            if (view.Follow is { } follow)
            {
                await follow(CancellationToken.None);
                (cursor, _) = await PositionsAsync(view);
            }
        }
        catch (Exception e)
        {
            findings.Demand(false, $"the RA cannot follow the CA: {(e.InnerException ?? e).Message}");
            return;
        }

        for (var waited = TimeSpan.Zero; view.Follow is null && cursor != last && waited < Patience; waited += Look)
        {
            await Task.Delay(Look);
            (cursor, last) = await PositionsAsync(view);
        }

        findings.Demand(cursor >= last, $"the RA has followed to event {cursor} of {last}");
    }

    private static async Task<(long Cursor, long Last)> PositionsAsync(StoreView view)
    {
        await using var ca = await view.Ca.CreateDbContextAsync();
        await using var ra = await view.Ra.CreateDbContextAsync();
        var last = await ca.Events.MaxAsync(e => e.Sequence) ?? 0;
        return (await ra.CaCursors.Select(c => c.Seq).SingleOrDefaultAsync(), last);
    }

    private static async Task CheckRaAsync(StoreView view, RaDbContext ra, List<CertificateRecord> issued, string? holder, Findings findings)
    {
        var known = await ra.Certificates.AsNoTracking().Include(c => c.Issuer)
            .Where(c => (holder == null || c.Subscriber.StableId == holder) && !c.Issuer.TakenOver).ToListAsync();
        // The services' own certificates have no subscriber: they are the CA's affair.
        foreach (var c in issued.Where(c => c.SubscriberId != ServiceCertificates.Mark))
        {
            var here = known.SingleOrDefault(k => k.Sha256.AsSpan().SequenceEqual(c.Sha256));
            findings.Demand(here is not null, $"{Name(c)}: the RA does not know it");
            var expected = RaStateOf(c, issued);
            findings.Demand(here is null || here.State == expected, $"{Name(c)}: the RA has it as {here?.State}, and by the CA it is {expected}");
            findings.Demand(here is null || here.Der.AsSpan().SequenceEqual(c.Der), $"{Name(c)}: the RA has other octets");
        }

        foreach (var strange in known.Where(k => !issued.Exists(c => c.Sha256.AsSpan().SequenceEqual(k.Sha256))))
        {
            findings.Demand(false, $"the RA has certificate {strange.Serial}, which the CA never issued");
        }

        var ids = known.ConvertAll(k => k.Id);
        var needs = await ra.KeyNeeds.AsNoTracking().Include(n => n.Certificate).Where(n => ids.Contains(n.CertificateId)).ToListAsync();
        foreach (var need in needs.Where(n => n.Certificate.KeyReleasedAt > n.ChangedAt && n.Until > DateOnly.FromDateTime(n.Certificate.KeyReleasedAt.Value.UtcDateTime)))
        {
            findings.Demand(false, $"certificate {need.Certificate.Serial}: its key was let go, and was needed until {need.Until:yyyy-MM-dd}");
        }

        await CheckRenewalsAsync(view, ra, issued, holder, findings);
        await CheckDownloadsAsync(view, ra, issued, holder, findings);
        await CheckReferencesAsync(ra, issued, holder, findings);
    }

    private static async Task CheckReferencesAsync(RaDbContext ra, List<CertificateRecord> issued, string? holder, Findings findings)
    {
        var held = await ra.WaitingRequests.AsNoTracking().ToDictionaryAsync(w => w.ReferenceId);
        foreach (var reference in await ra.CmpReferences.AsNoTracking().Where(r => holder == null || r.Subscriber.StableId == holder).ToListAsync())
        {
            var name = $"reference {reference.Id}";
            if (held.TryGetValue(reference.Id, out var request))
            {
                var message = CmpMessage.Parse(request.Message);
                findings.Demand(reference.ApproveByHand, $"{name}: a request waits that nobody has to approve");
                findings.Demand(message.TransactionId.AsSpan().SequenceEqual(request.TransactionId), $"{name}: the request that waits is of another transaction");
                findings.Demand(
                    SHA256.HashData(CmpRequests.Certificates(message)[0].Spki!).AsSpan().SequenceEqual(reference.SpkiSha256), $"{name}: the request that waits has another key");
            }

            if (reference.ApproveByHand && request?.Decision != Decision.Approved)
            {
                findings.Demand(reference.SpentAt is null, $"{name}: is spent, and nobody approved it");
                findings.Demand(!issued.Exists(c => c.SpkiSha256.AsSpan().SequenceEqual(reference.SpkiSha256)), $"{name}: brought a certificate that nobody approved");
            }
        }
    }

    private static RaState RaStateOf(CertificateRecord c, List<CertificateRecord> all) => c.State switch
    {
        CaState.Unconfirmed => RaState.Unconfirmed,
        CaState.Held => RaState.Held,
        CaState.Revoked or CaState.Rejected => RaState.Revoked,
        _ => all.Exists(o => o.RenewedFromId == c.Id && o.ConfirmedAt is not null) ? RaState.Superseded : RaState.Active,
    };

    private static async Task CheckRenewalsAsync(StoreView view, RaDbContext ra, List<CertificateRecord> issued, string? holder, Findings findings)
    {
        var renewals = await ra.Renewals.AsNoTracking().Include(r => r.OldCertificate).Include(r => r.NewCertificates).ThenInclude(c => c.Certificate)
            .Where(r => holder == null || r.OldCertificate.Subscriber.StableId == holder).ToListAsync();
        foreach (var (old, count) in renewals.Where(r => r.State != RenewalState.Ended).GroupBy(r => r.OldCertificateId).Select(g => (g.Key, g.Count())))
        {
            findings.Demand(count == 1, $"the RA has {count} renewals of certificate {old} open or confirmed");
        }

        foreach (var renewal in renewals)
        {
            var brought = issued.Where(c => c.RenewalId.AsSpan().SequenceEqual(renewal.RenewalId)).ToList();
            CheckRenewal(view, renewal, brought, issued, findings);
            if (renewal.State == RenewalState.Confirmed)
            {
                var told = await ra.Outbox.CountAsync(n => n.CertificateId == renewal.OldCertificateId && n.Kind != NoticeKind.KeyRecovered);
                findings.Demand(told == 1, $"renewal {renewal.Id}: confirmed, and its holder is told {told} times");
            }
        }

        foreach (var c in issued.Where(c => c.RenewalId is not null && !IsDownloaded(c, issued)))
        {
            findings.Demand(renewals.Exists(r => r.RenewalId.AsSpan().SequenceEqual(c.RenewalId)), $"{Name(c)}: the RA knows no renewal that brought it");
        }
    }

    private static void CheckRenewal(StoreView view, RenewalRecord renewal, List<CertificateRecord> brought, List<CertificateRecord> all, Findings findings)
    {
        var name = $"renewal {renewal.Id}";
        var confirmed = brought.Where(c => c.ConfirmedAt is not null).ToList();
        foreach (var c in brought)
        {
            var old = all.Find(o => o.Id == c.RenewedFromId);
            old = c.PairOfId is null ? old : all.Find(o => o.Id == old?.PairOfId); // an encryption half replaces the other half of what the renewal is about
            findings.Demand(
                old is not null && old.Sha256.AsSpan().SequenceEqual(renewal.OldCertificate.Sha256), $"{name}: brought {Name(c)}, which renewed another certificate");
        }

        switch (renewal.State)
        {
            case RenewalState.Open:
                var waiting = brought.Exists(c => c.State == CaState.Unconfirmed);
                var fresh = brought.Count == 0 && renewal.StartedAt > view.Time.GetUtcNow() - OpenSession.Lifetime - CleanupLag;
                findings.Demand(waiting || fresh, $"{name}: is open without a reason");
                break;
            case RenewalState.Confirmed:
                findings.Demand(confirmed.Count(c => c.PairOfId is null) == 1, $"{name}: is confirmed, and the CA has confirmed {confirmed.Count} certificates of it");
                findings.Demand(
                    confirmed.TrueForAll(c => renewal.NewCertificates.Exists(n => n.Certificate.Sha256.AsSpan().SequenceEqual(c.Sha256))),
                    $"{name}: is confirmed, and the RA has another certificate for it");
                break;
            default:
                findings.Demand(confirmed.Count == 0, $"{name}: has ended, and the CA has confirmed a certificate of it");
                findings.Demand(!brought.Exists(c => c.State == CaState.Unconfirmed), $"{name}: has ended, and the CA waits for its confirmation");
                break;
        }
    }

    private static async Task CheckPublishedAsync(StoreView view, List<CertificateRecord> certificates, Findings findings)
    {
        foreach (var c in certificates)
        {
            var expected = c.State switch
            {
                CaState.Unconfirmed => OcspCertStatus.Unknown,
                CaState.Confirmed => OcspCertStatus.Good,
                _ => OcspCertStatus.Revoked,
            };
            var said = await OcspAsync(view, c.SerialHex);
            // Visible at the publisher within a second.
            for (var waited = TimeSpan.Zero; said != expected && waited < TimeSpan.FromSeconds(1); waited += Look)
            {
                await Task.Delay(Look);
                said = await OcspAsync(view, c.SerialHex);
            }

            findings.Demand(said == expected, $"{Name(c)}: OCSP says {said?.ToString() ?? "nothing that counts"}, and it is {c.State}");
        }
    }

    private static async Task<OcspCertStatus?> OcspAsync(StoreView view, string serial)
    {
        using var content = new ByteArrayContent(new OcspRequest([OcspCertId.Of(view.Issuing, serial)], null).Encode());
        content.Headers.ContentType = new("application/ocsp-request");
        using var answer = await Http.PostAsync(new Uri(view.Publisher, "/ocsp"), content);
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        var response = OcspResponse.Read(await answer.Content.ReadAsByteArrayAsync());
        return response.Status == OcspResponseStatus.Successful && response.Verify(view.Issuing, view.Time.GetUtcNow())
            ? response.Responses.SingleOrDefault(r => r.Id.SerialHex == serial)?.Status
            : null;
    }
}
