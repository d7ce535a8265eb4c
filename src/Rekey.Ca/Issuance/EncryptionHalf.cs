using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuers;
using Rekey.Ca.Profiles;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Ca.Upstream;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>The encryption half of a pair, checked and ready to be signed.</summary>
/// <param name="Profile">Its profile.</param>
/// <param name="Checked">What will be signed.</param>
/// <param name="Key">The key that the key-management centre gave.</param>
/// <param name="OrderId">The order that it came for.</param>
/// <param name="Envelope">That key, for the holder's token alone.</param>
/// <param name="Old">The encryption certificate that it replaces; null when the holder had none.</param>
internal sealed record EncryptionHalf(CertificateProfile Profile, CheckedCertificate Checked, PublicKey Key, byte[] OrderId, KeyEnvelope Envelope, CertificateRecord? Old);

/// <summary>Prepares the encryption half of a pair: finds what it replaces, orders its key, checks the certificate.</summary>
internal sealed class PrepareEncryptionHalf(OrderEncryptionKey orders, CertificateIssuer issuer, CertificationAuthority ca)
{
    /// <summary>Prepares it.</summary>
    /// <param name="db">The store, for reading.</param>
    /// <param name="request">The request.</param>
    /// <param name="profile">Profile of the signing half.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>Null when no pair is asked for.</returns>
    /// <exception cref="CmpInvalidException">The profile has no encryption half, or what is to be replaced is not this holder's.</exception>
    /// <exception cref="ProblemException">The key-management centre refuses or does not answer, or a rule is broken.</exception>
    public async Task<EncryptionHalf?> RunAsync(CaDbContext db, VerifiedRequest request, CertificateProfile profile, DateTimeOffset now, CancellationToken cancel)
    {
        if (request.Encryption is not { } wanted)
        {
            return null;
        }

        var half = ca.Profiles[profile.EncryptionProfile ?? throw new CmpInvalidException(CmpFailure.BadRequest, "the profile has no encryption half")];
        var kind = half.KeyTypes[0];
        if (!KeyKinds.IsAskedFor(kind, wanted.WantedAlgorithm!))
        {
            throw new ProblemException(Problems.KeyTypeNotAllowed($"the one that was asked for ({half.Name}: {kind})"));
        }

        var old = wanted.OldCertificate is { } id ? await OldAsync(db, request, id, cancel) : null;
        var order = KeyOrder.IdOf(request.Statement.RenewalId, request.NewKey.Spki.Span);
        var key = await orders.RunAsync(request, order, kind, cancel);
        var spki = PublicKey.FromSpki(key.Spki);
        var prepared = issuer.Prepare(new IssuanceRequest
        {
            Profile = half.Name,
            SubjectDer = request.Statement.Subject,
            SubjectPublicKey = spki,
            SubscriberId = request.Statement.SubscriberId,
            // Without an old encryption certificate the pair still ends on one day: that of the signing half.
            RenewedFrom = old is null ? request.From.Signer : Certificate.FromDer(old.Der),
            Now = now,
        });
        return new(half, prepared, spki, order, key.Envelope, old);
    }

    /// <summary>The envelope once more, for a pair that was issued before (R3), perhaps for another transport key (R5); null once it is confirmed.</summary>
    /// <param name="request">The repeated request.</param>
    /// <param name="half">The encryption certificate that was issued.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<KeyEnvelope?> EnvelopeAgainAsync(VerifiedRequest request, CertificateRecord half, CancellationToken cancel)
    {
        if (half.ConfirmedAt is not null)
        {
            return null; // its holder has confirmed that the key works on the token; it is not given out again
        }

        var key = await orders.RunAsync(request, half.KmcOrderId!, ca.Profiles[half.Profile].KeyTypes[0], cancel);
        return System.Security.Cryptography.SHA256.HashData(key.Spki).AsSpan().SequenceEqual(half.SpkiSha256)
            ? key.Envelope
            : throw new InvalidOperationException("the key-management centre gave another key than the certified one");
    }

    private static async Task<CertificateRecord> OldAsync(CaDbContext db, VerifiedRequest request, CertificateId id, CancellationToken cancel)
    {
        var old = await db.Certificates.AsNoTracking().Include(c => c.Issuer)
            .SingleOrDefaultAsync(c => c.SerialHex == id.Serial && c.Issuer.SubjectDer == id.Issuer, cancel);
        // The other half of the very certificate that signs, and nobody else's.
        return old is not null && request.From.SignerRecord is { } signer && old.PairOfId == signer.Id
            ? old : throw new CmpInvalidException(CmpFailure.BadCertId, "oldCertID of the encryption half is not the other half of the signer");
    }
}
