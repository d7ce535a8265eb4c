using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Cmp;

/// <summary>
/// Decides about messages under a shared secret: ir, cr, p10cr and what follows them, pollReq included. An unknown reference, a wrong secret
/// and a closed reference get one and the same answer, so that nothing can be found out by trying.
/// </summary>
internal sealed class DecideEnrolment(
    IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, HoldRequest hold, SecretBox box, TimeProvider time)
{
    /// <summary>Seals a reference's secret for the store.</summary>
    public static byte[] Seal(SecretBox box, string reference, ReadOnlySpan<byte> secret) => box.Seal(secret, Encoding.UTF8.GetBytes(reference));

    /// <summary>The decision.</summary>
    /// <exception cref="CmpInvalidException">The MAC does not verify, or the reference is not open.</exception>
    /// <exception cref="ProblemException">The holder was cancelled.</exception>
    public async Task<RequestDecision> DecideAsync(CmpMessage message, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var reference = Encoding.UTF8.GetString(message.SenderKeyId ?? []);
        var row = await db.CmpReferences.Include(r => r.Subscriber).SingleOrDefaultAsync(r => r.Reference == reference, cancel);
        var secret = await VerifiedSecretAsync(row, message, cancel);
        if (row!.Subscriber.State == SubscriberState.Cancelled)
        {
            throw new ProblemException(Problems.HolderCancelled());
        }

        if (message.Type.IsCertificateRequest())
        {
            await BindKeyAsync(db, row, message, cancel);
        }

        if (await HeldAsync(row, message, cancel) is { } held)
        {
            return held.ForCa is null
                ? new(null, secret) { Answer = CmpBuilder.AnswerByMac(held.Answer!, message, secret, time.GetUtcNow()) }
                : new(Statement(row, held.ForCa, held.DecidedAt) with { ReceivedAt = held.ReceivedAt }, secret) { Held = held.ForCa };
        }

        return new(Statement(row, message, time.GetUtcNow()), secret)
        {
            SpendsReference = message.Type == CmpBodyType.CertificateConfirmation ? reference : null,
        };
    }

    /// <summary>The answer to a client whose request is approved, while the CA does not answer: it polls on.</summary>
    public byte[] Later(RequestDecision decision, CmpMessage poll) => CmpBuilder.AnswerByMac(hold.Later(poll), poll, decision.Secret!, time.GetUtcNow());

    /// <summary>
    /// What the client gets: the CA's octets, or the same body under the MAC of a client that knows no other key. The CA's confirmation
    /// closes the reference.
    /// </summary>
    public async Task<byte[]> FinishAsync(RequestDecision decision, CmpMessage request, byte[] answer, CancellationToken cancel)
    {
        if (decision.SpendsReference is { } reference && CmpMessage.Parse(answer).Type == CmpBodyType.Confirmation)
        {
            await SpendAsync(reference, cancel);
        }

        return decision.Secret is { } secret ? CmpBuilder.ProtectAgainByMac(CmpMessage.Parse(answer), request, secret, time.GetUtcNow()) : answer;
    }

    private async Task<HeldRequest?> HeldAsync(CmpReference row, CmpMessage message, CancellationToken cancel) => message.Type switch
    {
        CmpBodyType.PollRequest => await hold.PollAsync(row, message, cancel),
        var t when t.IsCertificateRequest() && row.ApproveByHand => await hold.RequestAsync(row, message, cancel),
        _ => null,
    };

    private static RaStatement Statement(CmpReference row, CmpMessage message, DateTimeOffset decidedAt) =>
        new([], row.Subscriber.StableId, row.Profile, Subject(row, message), decidedAt, IdentityVerifiedByMac: true);

    // Repeats of the confirmation are still answered.
    private async Task SpendAsync(string reference, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var now = time.GetUtcNow();
        var first = await act.Db.CmpReferences.Where(r => r.Reference == reference && r.SpentAt == null).ExecuteUpdateAsync(r => r.SetProperty(x => x.SpentAt, now), cancel);
        if (first == 1)
        {
            act.Record(new AuditEvent("reference.spent", "cmp", Target(reference)));
            await act.CommitAsync(cancel);
        }
    }

    /// <summary>How audit entries name a reference.</summary>
    internal static string Target(string reference) => $"reference:{reference}";

    private async Task<byte[]> VerifiedSecretAsync(CmpReference? row, CmpMessage message, CancellationToken cancel)
    {
        // One that is bound to a key may be finished: its client may have waited, or lost the last answer.
        var expired = row is { SpkiSha256: null } && row.ExpiresAt < time.GetUtcNow();
        if (row is null || expired || row.WrongTries >= CmpReference.MaxWrongTries)
        {
            throw Refused();
        }

        var secret = box.Open(row.SealedSecret, Encoding.UTF8.GetBytes(row.Reference));
        if (message.HasMacOf(secret))
        {
            return secret;
        }

        CryptographicOperations.ZeroMemory(secret);
        await using var act = await acts.BeginAsync(cancel);
        await act.Db.CmpReferences.Where(r => r.Id == row.Id).ExecuteUpdateAsync(r => r.SetProperty(x => x.WrongTries, x => x.WrongTries + 1), cancel);
        act.Record(new AuditEvent("reference.wrong-secret", "cmp", Target(row.Reference), AuditOutcome.Refused));
        await act.CommitAsync(cancel);
        throw Refused();
    }

    private static async Task BindKeyAsync(RaDbContext db, CmpReference row, CmpMessage message, CancellationToken cancel)
    {
        var spki = CmpRequests.Certificates(message) is [{ Spki: { } key }]
            ? SHA256.HashData(key) : throw new CmpInvalidException(CmpFailure.BadCertTemplate, "the request has no key");
        // One reference, one key, even when two requests come at once.
        await db.CmpReferences.Where(r => r.Id == row.Id && r.SpkiSha256 == null).ExecuteUpdateAsync(r => r.SetProperty(x => x.SpkiSha256, spki), cancel);
        var bound = await db.CmpReferences.Where(r => r.Id == row.Id).Select(r => r.SpkiSha256).SingleAsync(cancel);
        if (!spki.AsSpan().SequenceEqual(bound))
        {
            throw new CmpInvalidException(CmpFailure.NotAuthorized, "the reference was used with another key");
        }
    }

    /// <summary>Subject of the certificate: the RA's own word where it has one.</summary>
    internal static byte[] Subject(CmpReference row, CmpMessage message) => row.Subscriber.Subject
        ?? (message.Type.IsCertificateRequest() ? CmpRequests.Certificates(message)[0].Subject : null)
        ?? CmpHeader.EmptyName;

    private static CmpInvalidException Refused() => new(CmpFailure.BadMessageCheck, "the reference is not open, or its secret is another one");
}
