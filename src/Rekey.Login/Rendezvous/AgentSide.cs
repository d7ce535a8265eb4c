using Microsoft.Extensions.Logging;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Challenges;
using Rekey.Login.Verification;
using Rekey.Pki.Documents;

namespace Rekey.Login.Rendezvous;

/// <summary>What the agent can do: attach, tell how far it is; get the challenge and hand the token in, or get the document and hand the signature in.</summary>
internal sealed partial class AgentSide(
    IAttemptStore attempts, LoginChallenges challenges, LoginVerifier verifier, LoginOptions options, TimeProvider time, ILogger<AgentSide> log)
{
    private const int ProtocolVersion = 1;
    private const int LongestText = 256;

    /// <summary>Lets an agent in with its ticket: once, in time, and of a version that the site still speaks with.</summary>
    /// <exception cref="ProblemException">RK-2002 to RK-2005.</exception>
    public async Task<Attached> AttachAsync(Attach wish, CancellationToken cancel)
    {
        var id = Secrets.IdOf(wish.Ticket);
        if (await attempts.FindAsync(id, cancel) is null)
        {
            throw new ProblemException(Problems.TicketExpired());
        }

        var version = wish.ReadVersion();
        var agent = new AttemptSecret(id, BridgeSecret.New());
        Problem? refusal = null;
        var attempt = await attempts.ChangeAsync(
            id,
            a =>
            {
                var now = time.GetUtcNow();
                refusal = a.Ended ? Problems.SessionEnded()
                    : a.AgentSha256 is not null ? Problems.TicketReused() // someone else has the address too; neither of the two may go on
                    : a.TicketExpiresAt < now || !BridgeSecret.Sha256(wish.Ticket).AsSpan().SequenceEqual(a.TicketSha256) ? Problems.TicketExpired()
                    : version is null || version < options.MinAgentVersion || !wish.Protocol.Contains(ProtocolVersion) ? Problems.AgentTooOld(version?.ToString() ?? "?", options.MinAgentVersion.ToString())
                    : null;
                return refusal is null ? a.With(new AttachedEvent(wish.AgentVersion), now) with { AgentSha256 = BridgeSecret.Sha256(agent.Secret) }
                    : a.Ended ? a
                    : a.Stopped(refusal, now);
            },
            cancel);
        if (refusal is not null)
        {
            throw new ProblemException(refusal);
        }

        var name = attempt.Language == "en" ? options.NameInEnglish ?? options.Name : options.Name;
        return new(id, agent.ToString(), attempt.CheckCode, attempt.Language, time.GetUtcNow(), name, options.Telephone, attempt.Signing is null ? SessionPurpose.Login : SessionPurpose.Sign);
    }

    /// <summary>The attempt of an agent's bearer token.</summary>
    /// <exception cref="ProblemException">RK-2001.</exception>
    public async Task<(LoginAttempt Attempt, AttemptSecret Agent)> RequireAsync(string? token, CancellationToken cancel) =>
        AttemptSecret.Parse(token) is { } agent && await attempts.FindAsync(agent.Id, cancel) is { } attempt && agent.Matches(attempt.AgentSha256)
            ? (attempt, agent)
            : throw new ProblemException(Problems.SessionUnknown());

    /// <summary>Waits for the end: a login has no other command.</summary>
    /// <exception cref="ProblemException">RK-2002: it is over.</exception>
    public async Task<AgentCommands> CommandsAsync(LoginAttempt attempt, CancellationToken cancel)
    {
        var until = time.GetUtcNow() + PageSide.PollLimit;
        while (!attempt.Ended && time.GetUtcNow() < until)
        {
            await attempts.WaitAsync(attempt.Id, attempt.Version, until - time.GetUtcNow(), cancel);
            attempt = await attempts.FindAsync(attempt.Id, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
        }

        return attempt.Ended ? throw new ProblemException(Problems.SessionEnded()) : new([]);
    }

    /// <summary>Takes what an agent reports.</summary>
    /// <exception cref="ProblemException">RK-2002, or RK-2011 for an event that no login has.</exception>
    public async Task ReportAsync(LoginAttempt attempt, AgentEvent happened, CancellationToken cancel)
    {
        var fits = happened switch
        {
            ConsentAskedEvent or PinAskedEvent => true,
            PinWrongEvent e => e.TriesLeft is null or (>= 0 and < 100),
            FailedEvent { Problem: var p } => Problems.IsKnown(p.Number) && p.Arguments.Count <= 5 && p.Arguments.All(a => a.Length <= LongestText),
            _ => false,
        };
        if (!fits)
        {
            throw new ProblemException(Problems.BadRequest("not an event of a login"));
        }

        await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended ? throw new ProblemException(Problems.SessionEnded())
                : happened is FailedEvent failed ? a.Stopped(failed.Problem.ToProblem(), time.GetUtcNow())
                : a.Events.Count > 100 ? throw new ProblemException(Problems.TooLarge())
                : a.With(happened, time.GetUtcNow()),
            cancel);
    }

    /// <summary>Gives out a challenge; the one before is void.</summary>
    /// <exception cref="ProblemException">RK-2002, or RK-2015 after a token was handed in.</exception>
    public async Task<LoginChallenge> ChallengeAsync(LoginAttempt attempt, CancellationToken cancel)
    {
        if (attempt.Signing is not null)
        {
            throw new ProblemException(Problems.OutOfOrder());
        }

        var nonce = await challenges.IssueAsync(cancel);
        await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended ? throw new ProblemException(Problems.SessionEnded())
                : a.CodeSha256 is not null ? throw new ProblemException(Problems.OutOfOrder())
                : a with { ChallengeSha256 = BridgeSecret.Sha256(nonce) },
            cancel);
        return new(nonce, [.. options.Policy.AcceptedIssuers.Select(i => Convert.ToBase64String(i.Encoded.Span))]);
    }

    /// <summary>
    /// Takes a token. What is thought of it waits behind the code, good or bad: the agent passes the code to its own browser, and only there,
    /// with the cookie, it is told. A repeated request gets the same code.
    /// </summary>
    /// <exception cref="ProblemException">RK-2002; RK-6013 to RK-6015 for a nonce that is not this attempt's.</exception>
    public async Task<LoginCode> ReturnAsync(LoginAttempt attempt, AttemptSecret agent, LoginReturn signed, CancellationToken cancel)
    {
        var code = new AttemptSecret(agent.Id, Secrets.CodeOf(agent));
        if (attempt.CodeSha256 is not null && !attempt.Ended)
        {
            return new(code.ToString());
        }

        if (attempt.Ended)
        {
            throw new ProblemException(Problems.SessionEnded());
        }

        // The challenge of this attempt and of no other, even of one that the same person has under way.
        if (attempt.ChallengeSha256 is null || !BridgeSecret.Sha256(signed.Nonce).AsSpan().SequenceEqual(attempt.ChallengeSha256))
        {
            throw new ProblemException(Problems.LoginChallengeUnknown());
        }

        await challenges.TakeAsync(signed.Nonce, cancel);
        var (certificate, refusal) = await JudgeAsync(signed, cancel);

        // COMMIT: what was found is durable with the hash of the code. A crash before it leaves a used challenge and nobody logged in.
        await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended ? throw new ProblemException(Problems.SessionEnded()) : a.With(new ReturnedEvent(), time.GetUtcNow()) with
            {
                Certificate = certificate,
                Refusal = refusal,
                CodeSha256 = BridgeSecret.Sha256(code.Secret),
                CodeExpiresAt = time.GetUtcNow() + LoginAttempt.CodeLifetime,
            },
            cancel);
        return new(code.ToString());
    }

    /// <summary>What is to be signed.</summary>
    /// <exception cref="ProblemException">RK-2002, or RK-2015 for a login.</exception>
    public static DocumentToSign Document(LoginAttempt attempt) => attempt switch
    {
        { Ended: true } => throw new ProblemException(Problems.SessionEnded()),
        { Signing: { } task } => new(task.Name, Convert.ToBase64String(task.Document), Convert.ToHexStringLower(task.CertificateSha256)),
        _ => throw new ProblemException(Problems.OutOfOrder()),
    };

    /// <summary>
    /// Takes a signature: under this document, with the certificate of the one who asked for it. Another person's is not even kept, so nobody
    /// collects signatures of others by passing a launch address on.
    /// </summary>
    /// <exception cref="ProblemException">RK-2002, RK-2015, RK-3508.</exception>
    public async Task SignAsync(LoginAttempt attempt, SignatureMade made, CancellationToken cancel)
    {
        if (attempt is { Ended: false, Signing: not null, Signature: not null })
        {
            return; // a repetition after a lost answer
        }

        var task = attempt.Signing ?? throw new ProblemException(Problems.OutOfOrder());
        var signature = Verified(task, made);
        await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended ? throw new ProblemException(Problems.SessionEnded())
                : a.Signature is null ? a.With(new SignedEvent(), time.GetUtcNow()) with { Signature = signature } : a,
            cancel);
    }

    private static byte[] Verified(SigningTask task, SignatureMade made)
    {
        try
        {
            var signature = Convert.FromBase64String(made.Signature);
            if (DocumentSignature.Verify(signature, task.Document).Certificate.Sha256.AsSpan().SequenceEqual(task.CertificateSha256))
            {
                return signature;
            }
        }
        catch (Exception e) when (e is FormatException or DocumentSignatureException)
        {
            throw new ProblemException(Problems.SignatureNotAccepted(), e);
        }

        throw new ProblemException(Problems.SignatureNotAccepted());
    }

    private async Task<(byte[]? Certificate, WireProblem? Refusal)> JudgeAsync(LoginReturn signed, CancellationToken cancel)
    {
        try
        {
            var holder = await verifier.VerifyAsync(signed.Token, signed.Nonce, cancel);
            return (holder.Certificate.Encoded.ToArray(), null);
        }
        catch (ProblemException e)
        {
            LogRefused(log, e.Problem.Number);
            return (null, WireProblem.Of(e.Problem));
        }
    }

    [LoggerMessage(6101, LogLevel.Information, "A login token was refused: RK-{Number}")]
    private static partial void LogRefused(ILogger log, int number);
}
