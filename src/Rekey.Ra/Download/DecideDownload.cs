using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Cmp;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Download;

/// <summary>
/// Decides about the messages of a download's agent: ir and what follows it, under the secret that its command brought. The answer is the CA's own
/// and goes back unchanged: the agent takes no other.
/// </summary>
internal sealed class DecideDownload(IDbContextFactory<RaDbContext> contexts, DownloadSecrets secrets, RenewalCases cases)
{
    /// <summary>The decision.</summary>
    /// <param name="message">The agent's message, protected by a MAC.</param>
    /// <param name="sessionId">The agent's session; it is one for a download.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CmpInvalidException">The MAC does not verify, or the message is not one of a download.</exception>
    /// <exception cref="ProblemException">The holder was cancelled, or another session is at the download.</exception>
    public async Task<RequestDecision> DecideAsync(CmpMessage message, string sessionId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var session = await db.Sessions.AsNoTracking().SingleAsync(s => s.Id == sessionId, cancel);
        var downloadId = session.RenewalId is { } begun ? Convert.FromHexString(begun) : null;
        var download = await db.Downloads.AsNoTracking().Include(d => d.Authorisation.Subscriber).SingleOrDefaultAsync(d => d.DownloadId == downloadId, cancel);
        RequireProtection(message, session, download);
        if (download!.SessionId != sessionId)
        {
            throw new ProblemException(Problems.DownloadUnderWay(cases.Local(download.StartedAt))); // somebody typed the codes elsewhere, later
        }

        var authorisation = download.Authorisation;
        if (authorisation.Subscriber.State == SubscriberState.Cancelled)
        {
            throw new ProblemException(Problems.HolderCancelled());
        }

        switch (message.Type)
        {
            case CmpBodyType.InitializationRequest:
                RequireAuthorised(message, download);
                break;
            case CmpBodyType.CertificateConfirmation or CmpBodyType.Error:
                break; // by transaction, which is the CA's to judge
            default:
                throw new CmpInvalidException(CmpFailure.BadRequest, $"{message.Type} has no place in a download");
        }

        var statement = new RaStatement(
            download.DownloadId,
            authorisation.Subscriber.StableId,
            authorisation.Profile,
            SubjectOf(authorisation),
            download.StartedAt,
            IdentityVerifiedByMac: true);
        return message.Type == CmpBodyType.InitializationRequest
            ? new(statement with { Authorisation = Evidence(authorisation, session) }, null) { SessionId = sessionId }
            : new(statement, null);
    }

    /// <summary>DER of the subject that the certificate gets.</summary>
    internal static byte[] SubjectOf(Authorisation authorisation) => authorisation.Read().Subject;

    // What proves the authorisation to the CA: the document, its two signatures, and that the code was typed for this session.
    private AuthorisationEvidence Evidence(Authorisation authorisation, Session session) =>
        authorisation.Evidence(secrets.OpenProof(session) ?? throw new ProblemException(Problems.SessionEnded()));

    private void RequireProtection(CmpMessage message, Session session, DownloadRecord? download)
    {
        var secret = download is null ? null : secrets.Open(session);
        try
        {
            if (secret is null || Encoding.UTF8.GetString(message.SenderKeyId ?? []) != download!.Authorisation.Reference || !message.HasMacOf(secret))
            {
                throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the session has no download under this secret");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // One certificate, or a pair where that was authorised.
    private static void RequireAuthorised(CmpMessage message, DownloadRecord download)
    {
        if (message.TransactionId is not { Length: RaStatement.ActIdLength })
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "transactionID must be 16 octets");
        }

        var fits = CmpRequests.Certificates(message) switch
        {
            [{ Spki: not null }] => download.EncryptionKeyType is null,
            [{ Spki: not null }, { AsksForKey: true }] => download.EncryptionKeyType is not null,
            _ => false,
        };
        if (!fits)
        {
            throw new CmpInvalidException(CmpFailure.BadCertTemplate, "the request asks for something else than was authorised");
        }
    }
}
