using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Inner;
using Rekey.Ca.Store;
using Rekey.Ca.Takeover;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>
/// Verifies the RA's protection and then the holder's own. A captured RA can hold messages back; it cannot make one.
/// </summary>
internal sealed class VerifyMessage(RegistrationAuthorities ras, AdoptForeignCertificate adopt)
{
    /// <summary>The holder's message in an RA's; nothing is verified yet.</summary>
    /// <exception cref="CmpInvalidException">Not a nested message with one message in it.</exception>
    public static CmpMessage Unwrap(CmpMessage outer)
    {
        if (outer.Type != CmpBodyType.Nested)
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "only an RA's nested messages are taken here");
        }

        return CmpRequests.Nested(outer) is [var only] ? only : throw new CmpInvalidException(CmpFailure.BadRequest, "one message at a time");
    }

    /// <summary>Verifies both protections.</summary>
    /// <param name="db">The store.</param>
    /// <param name="outer">The RA's message.</param>
    /// <param name="message">The holder's message in it.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CmpInvalidException">Any of it is wrong.</exception>
    public async Task<VerifiedMessage> VerifyAsync(CaDbContext db, CmpMessage outer, CmpMessage message, CancellationToken cancel)
    {
        var (signer, statement) = VerifyProtection(outer, message);
        // The certificates' octets are what the store knows; that they were issued here needs no chain.
        var (raSha256, signerSha256) = (CmpSigners.Read(outer.ExtraCertificates[0]).Sha256, signer?.Sha256 ?? []);
        var known = await db.Certificates.AsNoTracking().Include(c => c.Issuer)
            .Where(c => c.Sha256 == raSha256 || c.Sha256 == signerSha256).ToListAsync(cancel);
        if (RegistrationAuthorities.WhyNot(Find(known, raSha256)?.State) is { } refusal)
        {
            throw new CmpInvalidException(refusal.Failure, refusal.Reason);
        }

        return signer is null
            ? new(message, null, null, statement)
            : new(message, signer, Find(known, signerSha256) ?? await AdoptedAsync(signer, statement, outer, cancel), statement);
    }

    /// <summary>What of it needs no store. The signer is null for a MAC that the RA vouches for.</summary>
    internal (Certificate? Signer, RaStatement? Statement) VerifyProtection(CmpMessage outer, CmpMessage message)
    {
        RequireRa(outer);
        RequireForm(message);
        var statement = CmpNesting.Statement(outer);
        if (message.IsMacProtected)
        {
            return statement is { IdentityVerifiedByMac: true }
                ? (null, statement)
                : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "a MAC that the RA does not vouch for");
        }

        var signer = CmpSigners.Read(message.ExtraCertificates.Count > 0 ? message.ExtraCertificates[0] : throw Unsigned());
        // An encryption key is known to the key-management centre too; what is signed with it proves nothing about the holder.
        if (signer.KeyUsage?.HasFlag(KeyUsages.DigitalSignature) == false)
        {
            throw new CmpInvalidException(CmpFailure.SignerNotTrusted, "the certificate is not for signatures");
        }

        return message.IsSignedBy(signer.PublicKey)
            ? (signer, statement)
            : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the protection does not verify");
    }

    private static CertificateRecord? Find(List<CertificateRecord> known, byte[] sha256) => known.Find(c => c.Sha256.AsSpan().SequenceEqual(sha256));

    // A taken-over CA's certificate becomes known when its holder first comes, on the RA's word about who the holder is, and only while
    // the old CA's word about its status is fresh.
    private async Task<CertificateRecord> AdoptedAsync(Certificate signer, RaStatement? statement, CmpMessage outer, CancellationToken cancel) =>
        (statement is null ? null : await adopt.RunAsync(signer, statement.Profile, statement.SubscriberId, $"ra:{Convert.ToHexStringLower(CmpSigners.Read(outer.ExtraCertificates[0]).Sha256)}", cancel))
            ?? throw new ProblemException(Problems.CertificateUnknown());

    /// <summary>Verifies the proof of possession of the one certificate that a message asks for.</summary>
    /// <exception cref="CmpInvalidException">No proof, or a wrong one.</exception>
    /// <exception cref="ProblemException">A kind of key that no profile has.</exception>
    public static VerifiedRequest VerifyRequest(VerifiedMessage from)
    {
        var statement = from.Statement ?? throw new CmpInvalidException(CmpFailure.NotAuthorized, "the RA states nothing about this request");
        var (requested, key, encryption) = CmpProblem.Proven(from.Message);
        if (from.Message.Type == CmpBodyType.KeyUpdateRequest)
        {
            RequireOwnRenewal(from, requested, key);
        }
        else if (encryption is not null && !IsDownload(from.Message, statement))
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "a pair is asked for by a key update or a download only");
        }

        return new(from, requested, key, statement, encryption);
    }

    /// <summary>Whether a message asks for what an authorisation allows: an ir under the secret of a meeting, which the RA vouches for.</summary>
    internal static bool IsDownload(CmpMessage message, RaStatement statement) =>
        message is { Type: CmpBodyType.InitializationRequest, IsMacProtected: true } && statement.RenewalId.Length == RaStatement.ActIdLength;

    // The certificate that signs is the one that is renewed: whoever is merely known to us renews nobody else's.
    private static void RequireOwnRenewal(VerifiedMessage from, RequestedCertificate requested, PublicKey key)
    {
        var signer = from.Signer ?? throw new CmpInvalidException(CmpFailure.BadMessageCheck, "a key update is protected by the old key");
        if (requested.OldCertificate is { } old && (old.Serial != signer.SerialHex || !old.Issuer.AsSpan().SequenceEqual(signer.Issuer.Encoded.Span)))
        {
            throw new CmpInvalidException(CmpFailure.BadCertId, "oldCertID is not the signer");
        }

        if (key.Spki.Span.SequenceEqual(signer.Spki.Span))
        {
            throw new ProblemException(Problems.KeyReused());
        }
    }

    private void RequireRa(CmpMessage outer)
    {
        var ra = CmpSigners.Read(outer.ExtraCertificates.Count > 0 ? outer.ExtraCertificates[0] : throw Unsigned());
        if (ras.WhyNot(ra) is { } refusal)
        {
            throw new CmpInvalidException(refusal.Failure, refusal.Reason);
        }

        if (!outer.IsSignedBy(ra.PublicKey))
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the RA's protection does not verify");
        }
    }

    private static void RequireForm(CmpMessage message)
    {
        message.RequireTransaction();
        if (!message.IsProtected)
        {
            throw Unsigned();
        }
    }

    private static CmpInvalidException Unsigned() => new(CmpFailure.BadMessageCheck, "the message is not protected by a certificate");
}
