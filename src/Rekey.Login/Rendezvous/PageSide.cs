using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Verification;
using Rekey.Pki.Certificates;

namespace Rekey.Login.Rendezvous;

/// <summary>What the browser can do: begin, look on, give up, and come back by the return page.</summary>
internal sealed class PageSide(IAttemptStore attempts, LoginOptions options, TimeProvider time)
{
    /// <summary>How long a poll waits for something to tell.</summary>
    internal static readonly TimeSpan PollLimit = TimeSpan.FromSeconds(25);

    private const int LongestReturnTo = 1024;

    /// <summary>Begins a login.</summary>
    /// <returns>The answer, and the secret for the cookie.</returns>
    /// <exception cref="ProblemException">RK-2011: a return address that is not a path of this site, or an unknown language.</exception>
    public async Task<(LoginStarted Answer, AttemptSecret Cookie)> BeginAsync(StartLogin wish, CancellationToken cancel)
    {
        var returnTo = wish.ReturnTo ?? "/";
        if (!IsPathOfThisSite(returnTo))
        {
            throw new ProblemException(Problems.BadRequest("returnTo is not a path of this site"));
        }

        if (wish.Language is not (null or "zh-CN" or "en"))
        {
            throw new ProblemException(Problems.BadRequest("language is zh-CN or en"));
        }

        return await OpenAsync(wish.Language ?? "zh-CN", returnTo, null, cancel);
    }

    /// <summary>Begins a signature.</summary>
    /// <returns>The answer, and the secret for the cookie.</returns>
    public Task<(LoginStarted Answer, AttemptSecret Cookie)> BeginAsync(SigningTask task, string language, CancellationToken cancel) =>
        OpenAsync(language, "/", task, cancel);

    private async Task<(LoginStarted Answer, AttemptSecret Cookie)> OpenAsync(string language, string returnTo, SigningTask? task, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var ticket = BridgeSecret.New();
        var cookie = new AttemptSecret(Secrets.IdOf(ticket), BridgeSecret.New());
        var attempt = new LoginAttempt
        {
            Id = cookie.Id,
            CookieSha256 = BridgeSecret.Sha256(cookie.Secret),
            TicketSha256 = BridgeSecret.Sha256(ticket),
            TicketExpiresAt = now + LaunchAddress.TicketLifetime,
            ExpiresAt = now + LoginAttempt.Lifetime,
            CheckCode = BridgeSecret.CheckCode(),
            Language = language,
            ReturnTo = returnTo,
            Signing = task,
        };
        await attempts.AddAsync(attempt.With(new CreatedEvent(), now), cancel);
        var address = new LaunchAddress(options.Policy.Origin, ticket, task is null ? SessionPurpose.Login : SessionPurpose.Sign);
        return (new(address.ToString(), attempt.CheckCode, (int)LaunchAddress.TicketLifetime.TotalSeconds), cookie);
    }

    /// <summary>The attempt of a cookie.</summary>
    /// <exception cref="ProblemException">RK-2001, the same for a missing, wrong or outdated one.</exception>
    public async Task<LoginAttempt> RequireAsync(string? cookie, CancellationToken cancel) =>
        AttemptSecret.Parse(cookie) is { } secret && await attempts.FindAsync(secret.Id, cancel) is { } attempt && secret.Matches(attempt.CookieSha256)
            ? attempt
            : throw new ProblemException(Problems.SessionUnknown());

    /// <summary>Events after a number: those there are, or the first to come within the limit, or none.</summary>
    public async Task<SessionEvents> EventsAsync(LoginAttempt attempt, int after, CancellationToken cancel)
    {
        if (attempt.Events.Count <= after && !attempt.Ended)
        {
            await attempts.WaitAsync(attempt.Id, attempt.Version, PollLimit, cancel);
            attempt = await attempts.FindAsync(attempt.Id, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
        }

        return new([.. attempt.Events.Where(e => e.Seq > after)]);
    }

    /// <summary>The visitor gave up.</summary>
    public Task CancelAsync(LoginAttempt attempt, CancellationToken cancel) => attempts.ChangeAsync(attempt.Id, End, cancel);

    /// <summary>
    /// Ends a login: the code came to the browser of the agent's computer, the cookie is that of the browser that began. Only where the two
    /// are one browser someone is logged in; anywhere else the login is over, because its code has been seen by another.
    /// </summary>
    /// <param name="code">From the fragment.</param>
    /// <param name="cookie">As it came.</param>
    /// <param name="seen">Told the language of the attempt, once it is known.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>Who it is, and where to go.</returns>
    /// <exception cref="ProblemException">RK-6021, RK-6020, or why the token was refused.</exception>
    public async Task<(LoginHolder Holder, string ReturnTo)> FinishAsync(string code, string? cookie, Action<string> seen, CancellationToken cancel)
    {
        if (AttemptSecret.Parse(code) is not { } secret || await attempts.FindAsync(secret.Id, cancel) is not { } attempt)
        {
            throw new ProblemException(Problems.LoginCodeUnknown());
        }

        seen(attempt.Language);
        var isOwn = AttemptSecret.Parse(cookie) is { } own && own.Id == attempt.Id && own.Matches(attempt.CookieSha256);
        attempt = await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended || !secret.Matches(a.CodeSha256) || a.CodeExpiresAt < time.GetUtcNow() ? throw new ProblemException(Problems.LoginCodeUnknown())
                : isOwn ? End(a)
                : a.Stopped(Problems.LoginOtherBrowser(), time.GetUtcNow()),
            cancel);
        if (!isOwn)
        {
            throw new ProblemException(Problems.LoginOtherBrowser());
        }

        return attempt.Certificate is { } certificate
            ? (new(Certificate.FromDer(certificate)), attempt.ReturnTo)
            : throw new ProblemException(attempt.Refusal!.ToProblem());
    }

    /// <summary>Takes the signature of the browser's attempt, once.</summary>
    /// <exception cref="ProblemException">RK-2001: it has none under way; RK-2015: it is not signed yet; RK-2002: it was taken, or ended otherwise.</exception>
    public async Task<(SigningTask Task, byte[] Signature)> TakeSignatureAsync(string? cookie, CancellationToken cancel)
    {
        var attempt = await RequireAsync(cookie, cancel);
        attempt = await attempts.ChangeAsync(
            attempt.Id,
            a => a.Ended ? throw new ProblemException(Problems.SessionEnded())
                : a.Signature is null ? throw new ProblemException(Problems.OutOfOrder())
                : End(a),
            cancel);
        return (attempt.Signing!, attempt.Signature!);
    }

    private LoginAttempt End(LoginAttempt attempt) => attempt.Ended ? attempt : attempt.With(new EndedEvent(), time.GetUtcNow()) with { Ended = true };

    // Browsers take a backslash for a slash, and leave out tabs and ends of lines.
    private static bool IsPathOfThisSite(string path) =>
        path.Length <= LongestReturnTo && path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && !path.Any(c => c == '\\' || char.IsControl(c));
}
