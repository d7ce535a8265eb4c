using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>The CA in the same process: its store, and its delegated OCSP signer.</summary>
internal sealed class CaPublicationSource(IDbContextFactory<CaDbContext> store, CertificationAuthority ca, EventFeed feed, TimeProvider time)
    : IPublicationSource
{
    /// <summary>How long a signed answer can be used. What changes is seen at once all the same: a changed status is signed anew.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromHours(1);

    // A change is visible at the publisher within a second of its commit.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, IssuingAuthority> issuing = ca.Issuers.ToDictionary(i => i.Name);
    private long? position;

    public IReadOnlyList<PublishedIssuer> Issuers { get; } =
    [
        .. ca.Issuers.Select(i => new PublishedIssuer(i.Name, i.Certificate, true)),
        .. ca.Settings.Anchors.Zip(ca.Anchors, (file, c) => new PublishedIssuer(Path.GetFileNameWithoutExtension(file), c, false)),
    ];

    public async Task<NewestCrl?> NewerCrlAsync(PublishedIssuer issuer, long? known, CancellationToken ct)
    {
        if (!issuer.HasStatus)
        {
            // The root's key is in a safe; its CRL is a file that the ceremony and later visits to the safe write.
            return await NewestCrl.OfFileAsync(ca.Settings.RootCrl(issuer.Name), known, ct);
        }

        await using var db = await store.CreateDbContextAsync(ct);
        var sha256 = issuer.Certificate.Sha256;
        return await db.Crls.Where(c => db.Issuers.Any(i => i.Id == c.IssuerId && i.Sha256 == sha256) && (known == null || c.Number > known))
            .OrderByDescending(c => c.Number).Select(c => new NewestCrl(c.Number, c.Der)).FirstOrDefaultAsync(ct);
    }

    public async Task<SignedStatus?> StatusAsync(PublishedIssuer issuer, OcspCertId id, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        var single = await FindAsync(db, issuer, id, ct);
        var signer = issuing[issuer.Name].Ocsp;
        var der = OcspBuilder.Sign([single], null, single.ThisUpdate, signer.Certificate, signer.Key);
        return new(der, single.Status, single.ThisUpdate, single.NextUpdate ?? single.ThisUpdate);
    }

    public async Task<byte[]?> SignLiveAsync(IReadOnlyList<(PublishedIssuer Issuer, OcspCertId Id)> about, byte[]? nonce, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        var singles = new List<OcspSingleResponse>();
        foreach (var (issuer, id) in about)
        {
            singles.Add(await FindAsync(db, issuer, id, ct));
        }

        var signer = issuing[about[0].Issuer.Name].Ocsp;
        return OcspBuilder.Sign(singles, nonce, Now(), signer.Certificate, signer.Key);
    }

    public async Task<IReadOnlyList<StatusChanged>> ChangesAsync(CancellationToken ct)
    {
        if (position is null)
        {
            await feed.NumberAsync(ct);
            await using var db = await store.CreateDbContextAsync(ct);
            position = await db.Events.MaxAsync(e => e.Sequence, ct) ?? 0; // nothing is remembered yet that could be old
        }

        var events = await feed.ReadAsync(position.Value, 1000, ct);
        if (events.Count == 0)
        {
            await Task.Delay(Look, ct);
            return [];
        }

        position = events[^1].Sequence;
        return events.Select(e => new StatusChanged(e.Certificate.Issuer.Name, e.Certificate.SerialHex)).Distinct().ToList();
    }

    private async Task<OcspSingleResponse> FindAsync(CaDbContext db, PublishedIssuer issuer, OcspCertId id, CancellationToken ct)
    {
        var now = Now();
        var sha256 = issuer.Certificate.Sha256;
        var found = await db.Certificates.Where(c => c.SerialHex == id.SerialHex && c.Issuer.Sha256 == sha256)
            .Select(c => new { c.State, c.RevokedAt, c.HeldAt, c.Reason }).SingleOrDefaultAsync(ct);
        return found?.State switch
        {
            CertificateState.Confirmed => new(id, OcspCertStatus.Good, now, now + Validity),
            CertificateState.Held or CertificateState.Revoked or CertificateState.Rejected => new(
                id, OcspCertStatus.Revoked, now, now + Validity, found.RevokedAt ?? found.HeldAt, (int)(found.Reason ?? RevocationReason.Unspecified)),
            _ => new(id, OcspCertStatus.Unknown, now), // unconfirmed, or never issued: may change any moment, so no nextUpdate
        };
    }

    private DateTimeOffset Now() => time.GetUtcNow().ToWholeSecond();
}
