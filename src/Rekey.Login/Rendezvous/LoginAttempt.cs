using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Login.Rendezvous;

/// <summary>
/// One login, or one signature, from click to end. Secrets are here as SHA-256 only: whoever reads the store can be neither the page, nor the agent, nor the
/// return page. Immutable; a change is a new value with the next <see cref="Version"/>.
/// </summary>
public sealed record LoginAttempt
{
    /// <summary>From the click to the end of everything: ticket, consent, challenge and code each have less.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>How long a code waits for the return page, which the agent opens at once.</summary>
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(2);

    /// <summary>Public: it names, it does not authorise. See <see cref="Secrets.IdOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Counts changes, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Of the secret in the cookie of the browser that began.</summary>
    public required byte[] CookieSha256 { get; init; }

    /// <summary>Of the ticket in the launch address.</summary>
    public required byte[] TicketSha256 { get; init; }

    /// <summary>When the ticket runs out.</summary>
    public required DateTimeOffset TicketExpiresAt { get; init; }

    /// <summary>When all of it may be forgotten.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Six digits.</summary>
    public required string CheckCode { get; init; }

    /// <summary><c>zh-CN</c> or <c>en</c>.</summary>
    public required string Language { get; init; }

    /// <summary>A path of the site.</summary>
    public required string ReturnTo { get; init; }

    /// <summary>Of the secret in the agent's bearer token; null until one attached.</summary>
    public byte[]? AgentSha256 { get; init; }

    /// <summary>Of the nonce that this attempt's agent was given last.</summary>
    public byte[]? ChallengeSha256 { get; init; }

    /// <summary>Of the secret in the return page's code; null until a token was handed in.</summary>
    public byte[]? CodeSha256 { get; init; }

    /// <summary>When the code runs out.</summary>
    public DateTimeOffset CodeExpiresAt { get; init; }

    /// <summary>DER of the certificate, if the token handed in was good.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Why the token was not good.</summary>
    public WireProblem? Refusal { get; init; }

    /// <summary>What is to be signed; null for a login.</summary>
    public SigningTask? Signing { get; init; }

    /// <summary>The signature, verified; null until then.</summary>
    public byte[]? Signature { get; init; }

    /// <summary>It is over.</summary>
    public bool Ended { get; init; }

    /// <summary>What the page that began may see: no name, no certificate, no code.</summary>
    public IReadOnlyList<SequencedEvent> Events { get; init; } = [];

    internal LoginAttempt With(SessionEvent happened, DateTimeOffset now) => this with { Events = [.. Events, new(Events.Count + 1, now, happened)] };

    internal LoginAttempt Stopped(Problem problem, DateTimeOffset now) => With(new FailedEvent(WireProblem.Of(problem)), now) with { Ended = true };
}

/// <summary>What is to be signed, and by whom.</summary>
/// <param name="Name">What the site calls it.</param>
/// <param name="Document">UTF-8 text.</param>
/// <param name="CertificateSha256">The certificate that it is to be signed with.</param>
/// <param name="Tag">The site's own word for what the signature is wanted for.</param>
public sealed record SigningTask(string Name, byte[] Document, byte[] CertificateSha256, string Tag);

/// <summary>Where attempts are kept: in memory (<see cref="MemoryLoginStore"/>), or in a database for more nodes than one.</summary>
public interface IAttemptStore
{
    /// <summary>Keeps a new attempt.</summary>
    /// <exception cref="ProblemException">RK-2014 when there is no room.</exception>
    Task AddAsync(LoginAttempt attempt, CancellationToken cancel);

    /// <summary>An attempt that has not expired, or null.</summary>
    Task<LoginAttempt?> FindAsync(string id, CancellationToken cancel);

    /// <summary>Replaces an attempt, as one step, if nobody else did since it was read.</summary>
    /// <param name="changed">Its version is one above the one that it was made from.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>False when somebody did.</returns>
    Task<bool> TryReplaceAsync(LoginAttempt changed, CancellationToken cancel);

    /// <summary>Waits until an attempt has another version than the one seen, or the limit passes.</summary>
    Task WaitAsync(string id, int seenVersion, TimeSpan limit, CancellationToken cancel);
}

internal static class AttemptStoreExtensions
{
    // Page and agent change an attempt at the same moment at most; more tries would hide a fault.
    private const int Tries = 10;

    /// <summary>Changes an attempt, from the start again when someone else was faster.</summary>
    /// <exception cref="ProblemException">RK-2001: there is none; or what the change throws.</exception>
    public static async Task<LoginAttempt> ChangeAsync(this IAttemptStore store, string id, Func<LoginAttempt, LoginAttempt> change, CancellationToken cancel)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var before = await store.FindAsync(id, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
            var next = change(before) with { Version = before.Version + 1 };
            if (await store.TryReplaceAsync(next, cancel))
            {
                return next;
            }
        }

        throw new InvalidOperationException("an attempt is changed all the time");
    }
}
