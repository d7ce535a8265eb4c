using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Issuance;
using Rekey.Ca.Profiles;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Documents;

namespace Rekey.Ca.Authorisations;

/// <summary>
/// Judges download authorisations by what this CA knows itself: its own certificates of those who signed, and what it has issued for the
/// document so far. An RA in foreign hands can pass on an authorisation whose codes somebody typed there, and cannot make one.
/// </summary>
internal sealed class UseAuthorisation
{
    /// <summary>Demands an authorisation where the profile does, and that one that came along is good, not used up, and for this very request.</summary>
    /// <param name="db">The store, for reading.</param>
    /// <param name="request">The request.</param>
    /// <param name="profile">Its profile.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>SHA-256 of the authorisation's document; null where none is needed.</returns>
    /// <exception cref="ProblemException">RK-4012, RK-3503, RK-3504.</exception>
    public static async Task<byte[]?> DemandAsync(CaDbContext db, VerifiedRequest request, CertificateProfile profile, DateTimeOffset now, CancellationToken cancel)
    {
        // A certificate of this CA that signs its own renewal, or asks for a further one, proves itself who asks.
        if (request.From.Signer is not null)
        {
            return null;
        }

        if (request.Statement.Authorisation is not { } evidence)
        {
            return profile.AuthorisedBy.Count == 0 ? null : throw Refused("the profile demands an authorisation");
        }

        var document = Read(evidence);
        RequireFits(document, request, profile, now);
        if (!CryptographicOperations.FixedTimeEquals(AuthorisationCode.HashOf(evidence.CodeProof), document.CodeHash))
        {
            throw Refused("its code was not typed");
        }

        var sha256 = SHA256.HashData(evidence.Document);
        var known = await db.Authorisations.AsNoTracking().SingleOrDefaultAsync(a => a.DocumentSha256 == sha256, cancel);
        if (known?.SpentAt is not null)
        {
            throw new ProblemException(Problems.AuthorisationSpent());
        }

        if (known is not { ByCeremony: true })
        {
            await RequireSignedAsync(db, evidence, document, profile, now, cancel);
        }

        return sha256;
    }

    /// <summary>Notes for which certificate it is used, in the transaction that issues it. One that was issued before and never confirmed makes way.</summary>
    /// <exception cref="ProblemException">RK-3504: the one before was confirmed meanwhile.</exception>
    public static async Task BindAsync(CaDbContext db, byte[]? sha256, CertificateRecord certificate, DateTimeOffset now, CancellationToken cancel)
    {
        if (sha256 is null)
        {
            return; // it needed none
        }

        await db.LockAsync($"authorisation:{Convert.ToHexStringLower(sha256)}", cancel);
        var record = await db.Authorisations.SingleOrDefaultAsync(a => a.DocumentSha256 == sha256, cancel);
        if (record is null)
        {
            db.Authorisations.Add(record = new() { DocumentSha256 = sha256 });
        }
        else if (record.CertificateId is { } before)
        {
            await EndAsync(db, before, now, cancel);
        }

        record.CertificateId = certificate.Id;
        record.SpentAt = certificate.ConfirmedAt; // at once, where the profile lets it be confirmed implicitly
    }

    /// <summary>Uses it up, in the transaction that confirms its certificate.</summary>
    public static Task SpendAsync(CaDbContext db, CertificateRecord certificate, DateTimeOffset now, CancellationToken cancel) =>
        db.Authorisations.Where(a => a.CertificateId == certificate.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.SpentAt, now), cancel);

    private static async Task EndAsync(CaDbContext db, long before, DateTimeOffset now, CancellationToken cancel)
    {
        await db.TakeChainLockAsync(await db.Certificates.Where(c => c.Id == before).Select(c => c.ChainId).SingleAsync(cancel), cancel);
        foreach (var earlier in await db.Certificates.Where(c => c.Id == before || c.PairOfId == before).ToListAsync(cancel))
        {
            if (earlier.ConfirmedAt is not null)
            {
                throw new ProblemException(Problems.AuthorisationSpent());
            }

            if (earlier.State is not (CertificateState.Unconfirmed or CertificateState.Held))
            {
                continue; // has ended
            }

            earlier.State = CertificateState.Rejected;
            earlier.RevokedAt = now;
            earlier.Reason = RevocationReason.CessationOfOperation;
            db.Events.Add(new EventRecord { Kind = EventKind.Rejected, Certificate = earlier, At = now });
        }
    }

    private static AuthorisationDocument Read(AuthorisationEvidence evidence)
    {
        try
        {
            return AuthorisationDocument.Parse(evidence.Document);
        }
        catch (MalformedException e)
        {
            throw new ProblemException(Problems.AuthorisationNotAccepted(e.Message), e);
        }
    }

    private static void RequireFits(AuthorisationDocument document, VerifiedRequest request, CertificateProfile profile, DateTimeOffset now)
    {
        if (document.ExpiresAt + CmpMessage.ClockTolerance < now)
        {
            throw Refused("it has expired");
        }

        var statement = request.Statement;
        if (document.SubscriberId != statement.SubscriberId || document.Profile != profile.Name || !document.Subject.AsSpan().SequenceEqual(statement.Subject))
        {
            throw Refused("it is for another subscriber, subject or profile");
        }

        if (document.IsPair != request.Encryption is not null)
        {
            throw Refused("it is for another number of certificates");
        }
    }

    private static async Task RequireSignedAsync(
        CaDbContext db, AuthorisationEvidence evidence, AuthorisationDocument document, CertificateProfile profile, DateTimeOffset now, CancellationToken cancel)
    {
        var maker = await SignerAsync(db, evidence.MakerSignature, evidence.Document, profile, now, cancel);
        var checker = await SignerAsync(db, evidence.CheckerSignature, evidence.Document, profile, now, cancel);

        // Persons are compared, not certificates: one may have several.
        if (maker == checker)
        {
            throw Refused("one person signed it twice");
        }

        if (maker == document.SubscriberId || checker == document.SubscriberId)
        {
            throw Refused("its subscriber signed it");
        }
    }

    // The stable identifier of the person who signed, with a certificate of ours that is in use and of a profile that may authorise this one.
    private static async Task<string> SignerAsync(
        CaDbContext db, byte[] signature, byte[] document, CertificateProfile profile, DateTimeOffset now, CancellationToken cancel)
    {
        Certificate certificate;
        try
        {
            certificate = DocumentSignature.Verify(signature, document).Certificate;
        }
        catch (DocumentSignatureException e)
        {
            throw new ProblemException(Problems.AuthorisationNotAccepted("a signature does not verify"), e);
        }

        var sha256 = certificate.Sha256;
        var signer = await db.Certificates.AsNoTracking().SingleOrDefaultAsync(c => c.Sha256 == sha256, cancel);
        if (signer is null || signer.State != CertificateState.Confirmed || now < signer.NotBefore || now > signer.NotAfter)
        {
            throw Refused("a signer's certificate is not in use");
        }

        return profile.AuthorisedBy.Contains(signer.Profile)
            ? signer.SubscriberId
            : throw Refused($"the profile {signer.Profile} authorises no {profile.Name}");
    }

    private static ProblemException Refused(string rule) => new(Problems.AuthorisationNotAccepted(rule));
}
