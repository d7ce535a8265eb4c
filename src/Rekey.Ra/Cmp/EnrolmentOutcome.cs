using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Upstream;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Cmp;

/// <summary>Records certificates that no renewal brought, and changes of state, within the follower's transaction; each can be repeated.</summary>
internal static class EnrolmentOutcome
{
    /// <summary>The CA issued a first certificate for a subscriber.</summary>
    public static async Task IssuedAsync(RaDbContext db, CaEvent e, CancellationToken cancel)
    {
        var subscriber = await db.Subscribers.SingleOrDefaultAsync(s => s.StableId == e.SubscriberId, cancel);
        if (subscriber is null || await db.Certificates.AnyAsync(c => c.Sha256 == e.CertificateSha256, cancel))
        {
            return; // service certificates (CMP signer, OCSP) have no subscriber
        }

        var facts = CertificateFacts.Read(e.Certificate!) ?? throw new ArgumentException("the CA's certificate cannot be read", nameof(e));
        db.Certificates.Add(new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = e.Certificate!,
            IssuerId = await db.IssuerIdAsync(facts, cancel),
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            SubscriberId = subscriber.Id,
            Profile = e.Profile,
            State = CertificateState.Unconfirmed,
        });
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>The certificate's state changed at the CA.</summary>
    public static async Task StateAsync(RaDbContext db, CaEvent e, CertificateState state, CancellationToken cancel)
    {
        DateTimeOffset? revokedAt = state == CertificateState.Revoked ? e.At : null;
        // Revoked is final; superseded is the RA's own word and outlives a confirmation told twice.
        await db.Certificates
            .Where(c => c.Sha256 == e.CertificateSha256 && c.State != CertificateState.Revoked
                && (state != CertificateState.Active || c.State == CertificateState.Unconfirmed || c.State == CertificateState.Held))
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.State, state).SetProperty(x => x.RevokedAt, revokedAt), cancel);
    }
}
