using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Store;

namespace Rekey.Ca.Issuance;

/// <summary>The CA's CMP edge: takes nested messages from RAs, answers with messages that only the CA can sign.</summary>
internal sealed partial class CmpResponder(
    IDbContextFactory<CaDbContext> contexts,
    VerifyMessage verify,
    IssueCertificate issue,
    ConfirmCertificate confirm,
    RevokeByHolder revoke,
    AnswerGeneral general,
    Acts<CaDbContext> acts,
    CaIdentity identity,
    TimeProvider time,
    ILogger<CmpResponder> log)
{
    /// <summary>Answers a message; refusals are answers too.</summary>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        CmpMessage? about = null;
        VerifiedMessage? verified = null;
        try
        {
            var outer = about = CmpMessage.Parse(request);
            // The holder's client must recognise the answer as its own, so also a refusal names the inner message's transaction.
            var inner = about = VerifyMessage.Unwrap(outer);
            await using (var db = await contexts.CreateDbContextAsync(cancel))
            {
                verified = await verify.VerifyAsync(db, outer, inner, cancel);
            }

            return verified.Message.Type switch
            {
                var t when t.IsCertificateRequest() => await issue.IssueAsync(verified, cancel),
                CmpBodyType.CertificateConfirmation or CmpBodyType.Error => await confirm.ConfirmAsync(verified, cancel),
                CmpBodyType.RevocationRequest => await revoke.RevokeAsync(verified, cancel),
                CmpBodyType.GeneralMessage => await general.AnswerAsync(verified, cancel),
                var t => throw new CmpInvalidException(CmpFailure.BadRequest, $"{t} is not served here"),
            };
        }
        catch (CmpInvalidException e)
        {
            LogRefused(log, e.Failure, e.Message, about);
            await AuditAsync(verified, e.Failure.ToString(), cancel);
            return Error(about, e.Failure, e.Message);
        }
        catch (ProblemException e)
        {
            LogRefused(log, CmpProblem.Failure(e.Problem), e.Problem.Code, about);
            await AuditAsync(verified, e.Problem.Code, cancel);
            return Error(about, CmpProblem.Failure(e.Problem), CmpProblem.Text(e.Problem));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            LogFailed(log, e, incident, about);
            return Error(about, CmpFailure.SystemFailure, CmpProblem.Text(Problems.Internal(incident)));
        }
    }

    // Only what a known sender asked for: anybody could fill the log with messages that nobody signed.
    private async Task AuditAsync(VerifiedMessage? verified, string reason, CancellationToken cancel)
    {
        if (verified is not null)
        {
            await acts.RecordAsync(IssuanceAudit.Refused(verified, reason), cancel);
        }
    }

    private byte[] Error(CmpMessage? about, CmpFailure failure, string text) =>
        CmpResponses.Error(failure, text, CmpHeader.Answering(about, time.GetUtcNow()), identity.Signer);

    [LoggerMessage(4100, LogLevel.Information, "CMP refused with {Failure}: {Reason} ({Message})")]
    private static partial void LogRefused(ILogger logger, CmpFailure failure, string reason, CmpMessage? message);

    [LoggerMessage(4101, LogLevel.Error, "Incident {Incident} ({Message})")]
    private static partial void LogFailed(ILogger logger, Exception e, string incident, CmpMessage? message);
}
