using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Cmp;

/// <summary>What becomes of a message whose reference a person approves: an answer of the RA's own, or a request for the CA.</summary>
/// <param name="Answer">Body of the answer; null when there is a request for the CA.</param>
/// <param name="ForCa">The request that goes to the CA.</param>
/// <param name="DecidedAt">When it was approved.</param>
/// <param name="ReceivedAt">When it came; null when it comes now.</param>
internal sealed record HeldRequest(byte[]? Answer, CmpMessage? ForCa = null, DateTimeOffset DecidedAt = default, DateTimeOffset? ReceivedAt = null);

/// <summary>
/// Keeps the first request of a reference until a person has decided, and answers the client that asks for it. All of it is in the
/// store: any process answers, before and after a restart.
/// </summary>
internal sealed class HoldRequest(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    private const string WaitsText = "a person at the registration authority has to approve the request";

    /// <summary>A request: held, unless it is the approved one.</summary>
    /// <param name="row">Its reference, which is bound to its key.</param>
    /// <param name="message">The request, its MAC verified.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CmpInvalidException">It breaks a rule of the protocol.</exception>
    /// <exception cref="ProblemException">A kind of key that is not known here.</exception>
    public async Task<HeldRequest> RequestAsync(CmpReference row, CmpMessage message, CancellationToken cancel)
    {
        message.RequireTransaction();
        for (var first = true; ; first = false)
        {
            var held = await FindAsync(row, cancel);
            var same = held is not null && held.Message.AsSpan().SequenceEqual(message.Encoded.Span);
            if (held is not null && !same)
            {
                RequireReplaces(row, held, message);
            }

            if (held is not null && (same || held.Decision != Decision.Waiting))
            {
                return Outcome(held, message, polled: false, same ? held.ReceivedAt : null);
            }

            if (await StoredAsync(row, message, mayLose: first, cancel))
            {
                return new(CmpResponses.Waiting(message.Type, CertReqId(message), WaitsText));
            }
        }
    }

    /// <summary>A pollReq.</summary>
    /// <param name="row">Its reference.</param>
    /// <param name="message">The pollReq, its MAC verified.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CmpInvalidException">It asks for nothing that waits.</exception>
    public async Task<HeldRequest> PollAsync(CmpReference row, CmpMessage message, CancellationToken cancel)
    {
        message.RequireTransaction();
        var polled = CmpRequests.Poll(message);
        var held = await FindAsync(row, cancel);
        if (held is null || !held.TransactionId.AsSpan().SequenceEqual(message.TransactionId))
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "no request of this transaction waits");
        }

        var request = CmpMessage.Parse(held.Message);
        return CertReqId(request) == polled
            ? Outcome(held, request, polled: true, held.ReceivedAt)
            : throw new CmpInvalidException(CmpFailure.BadRequest, "pollReq names another request");
    }

    /// <summary>The answer to a pollReq for a request that is approved, while the CA does not answer.</summary>
    public byte[] Later(CmpMessage poll) => CmpResponses.PollAgain(CmpRequests.Poll(poll), options.Cmp.CheckAfter, CmpProblem.Text(Problems.CaNotAnswering()));

    private HeldRequest Outcome(WaitingRequest held, CmpMessage request, bool polled, DateTimeOffset? receivedAt) => held.Decision switch
    {
        Decision.Approved => new(null, request, held.DecidedAt!.Value, receivedAt),
        Decision.Refused => new(CmpResponses.Refused(request.Type, CertReqId(request), CmpFailure.NotAuthorized, held.Reason!)),
        _ when polled => new(CmpResponses.PollAgain(CertReqId(request), options.Cmp.CheckAfter, WaitsText)),
        _ => new(CmpResponses.Waiting(request.Type, CertReqId(request), WaitsText)),
    };

    private async Task<WaitingRequest?> FindAsync(CmpReference row, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.WaitingRequests.AsNoTracking().SingleOrDefaultAsync(w => w.ReferenceId == row.Id, cancel);
    }

    // What a person sees and approves is key and subject: neither changes under them.
    private static void RequireReplaces(CmpReference row, WaitingRequest held, CmpMessage message)
    {
        if (held.TransactionId.AsSpan().SequenceEqual(message.TransactionId))
        {
            throw new CmpInvalidException(CmpFailure.TransactionIdInUse, "transactionID is in use"); // R2
        }

        if (!DecideEnrolment.Subject(row, CmpMessage.Parse(held.Message)).AsSpan().SequenceEqual(DecideEnrolment.Subject(row, message)))
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the reference was used with another subject");
        }
    }

    // False when another process was faster, which happens once: then it is looked at again.
    private async Task<bool> StoredAsync(CmpReference row, CmpMessage message, bool mayLose, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        message.RequireTime(now); // the CA sees it only later
        using var key = CmpProblem.Proven(message).Key;
        var octets = message.Encoded.ToArray();
        await using var act = await acts.BeginAsync(cancel);
        var replaced = await act.Db.WaitingRequests.Where(w => w.ReferenceId == row.Id && w.Decision == Decision.Waiting).ExecuteUpdateAsync(
            w => w.SetProperty(x => x.TransactionId, message.TransactionId!).SetProperty(x => x.Message, octets).SetProperty(x => x.ReceivedAt, now), cancel);
        if (replaced == 0)
        {
            act.Db.WaitingRequests.Add(new() { ReferenceId = row.Id, TransactionId = message.TransactionId!, Message = octets, ReceivedAt = now });
        }

        act.Record(new AuditEvent("reference.waiting", "cmp", DecideEnrolment.Target(row.Reference))
        {
            Details = new Dictionary<string, string>
            {
                ["message"] = message.Type.ToString(),
                ["transaction"] = Convert.ToHexStringLower(message.TransactionId!),
                ["key"] = Convert.ToHexStringLower(key.Sha256),
            },
        });
        try
        {
            // COMMIT. The answer "waiting" leaves only behind it; a crash before it leaves a client that repeats its request.
            await act.CommitAsync(cancel);
            return true;
        }
        catch (DbUpdateException) when (mayLose && replaced == 0 && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private static int CertReqId(CmpMessage request) => CmpRequests.Certificates(request)[0].CertReqId;
}
