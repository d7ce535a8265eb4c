using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Cmp;

/// <summary>What the RA decided about a message.</summary>
/// <param name="Statement">What it states to the CA, or null where nothing needs deciding.</param>
/// <param name="Secret">The shared secret under which the answer is protected again, or null.</param>
internal sealed record RequestDecision(RaStatement? Statement, byte[]? Secret)
{
    /// <summary>The session whose page is told that the request has come, or null.</summary>
    public string? SessionId { get; init; }

    /// <summary>The reference that is used up once the CA confirms, or null.</summary>
    public string? SpendsReference { get; init; }

    /// <summary>The answer, where the RA has it itself; nothing goes to the CA.</summary>
    public byte[]? Answer { get; init; }

    /// <summary>What goes to the CA in place of the message: the request that it polls for.</summary>
    public CmpMessage? Held { get; init; }
}

/// <summary>Decides whether a message may go to the CA, and what the RA states about it. The CA verifies the holder's protection once more.</summary>
internal sealed class DecideRequest(
    IDbContextFactory<RaDbContext> contexts, StartRenewal start, DecideEnrolment enrolment, DecideDownload download, RaOptions options, TimeProvider time)
{
    /// <summary>The decision.</summary>
    /// <param name="message">The holder's message.</param>
    /// <param name="sessionId">The session whose agent sent it; null for a client without a page.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CmpInvalidException">Missing or wrong protection.</exception>
    /// <exception cref="ProblemException">The rule refuses.</exception>
    public async Task<RequestDecision> AsDecidedAsync(CmpMessage message, string? sessionId, CancellationToken cancel)
    {
        switch (message.Type)
        {
            case CmpBodyType.KeyUpdateRequest:
                return await DecideRenewalAsync(message, sessionId, cancel);
            case CmpBodyType.InitializationRequest or CmpBodyType.CertificationRequest or CmpBodyType.Pkcs10Request or CmpBodyType.CertificateConfirmation
                or CmpBodyType.PollRequest or CmpBodyType.GeneralMessage or CmpBodyType.Error when message.IsMacProtected:
                // An agent's secret is that of its session's download, a client's that of its reference.
                return await (sessionId is null ? enrolment.DecideAsync(message, cancel) : download.DecideAsync(message, sessionId, cancel));
            case CmpBodyType.InitializationRequest or CmpBodyType.CertificationRequest or CmpBodyType.Pkcs10Request:
                return new(await DecideFurtherAsync(message, cancel), null);
            case CmpBodyType.CertificateConfirmation or CmpBodyType.RevocationRequest or CmpBodyType.GeneralMessage or CmpBodyType.Error:
                return new(null, null); // nothing to decide; the CA verifies who sends it
            case CmpBodyType.PollRequest:
                throw new CmpInvalidException(CmpFailure.BadRequest, "nothing waits for a person that was asked for under a signature");
            default:
                throw new CmpInvalidException(CmpFailure.BadRequest, $"{message.Type} is not served here");
        }
    }

    private async Task<RequestDecision> DecideRenewalAsync(CmpMessage message, string? sessionId, CancellationToken cancel)
    {
        var facts = VerifiedSigner(message);
        if (message.TransactionId is not { Length: 16 } transaction)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "transactionID must be 16 octets");
        }

        var requests = CmpRequests.Certificates(message);
        if (requests is not [{ Spki: { } key }, ..] || requests.Skip(1).Any(r => !r.AsksForKey))
        {
            throw new CmpInvalidException(CmpFailure.BadCertTemplate, "the request has no key");
        }

        // A renewal that is under way was decided when it began. Whether this message belongs to it, the CA finds by transaction and key.
        var (renewal, certificate) = await start.ForClientAsync(facts, new(transaction, SHA256.HashData(key), sessionId), cancel);
        var statement = new RaStatement(
            renewal.RenewalId,
            certificate.Subscriber.StableId,
            certificate.Profile,
            certificate.Subscriber.Subject ?? facts.Subject,
            renewal.StartedAt,
            IdentityVerifiedByMac: false);
        return new(statement, null) { SessionId = renewal.SessionId };
    }

    // A certificate of a registered holder may ask for another one of the same kind only where the profile says so.
    private async Task<RaStatement> DecideFurtherAsync(CmpMessage message, CancellationToken cancel)
    {
        var facts = VerifiedSigner(message);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var certificate = await db.Certificates.AsNoTracking().Include(c => c.Subscriber).SingleOrDefaultAsync(c => c.Sha256 == facts.Sha256, cancel)
            ?? throw new ProblemException(Problems.CertificateUnknown());
        if (certificate.Subscriber.State == SubscriberState.Cancelled)
        {
            throw new ProblemException(Problems.HolderCancelled());
        }

        if (!options.Renewal.For(certificate.Profile).FurtherCertificates)
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the profile allows no further certificates");
        }

        return new RaStatement(
            [], certificate.Subscriber.StableId, certificate.Profile, certificate.Subscriber.Subject ?? facts.Subject, time.GetUtcNow(), IdentityVerifiedByMac: false);
    }

    /// <summary>The certificate whose key protects a message, as far as the message itself can say.</summary>
    internal static CertificateFacts VerifiedSigner(CmpMessage message)
    {
        if (!message.IsProtected || message.ExtraCertificates.Count == 0)
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the message is not protected by a certificate");
        }

        try
        {
            var signer = KnownCertificates.Read(message.ExtraCertificates[0]);
            return message.IsSignedBy(signer.PublicKey)
                ? CertificateFacts.Read(message.ExtraCertificates[0])!
                : throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the protection does not verify");
        }
        catch (Exception e) when (e is MalformedException or Pki.Algorithms.UnsupportedKeyException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the signer's certificate cannot be read", e);
        }
    }
}
