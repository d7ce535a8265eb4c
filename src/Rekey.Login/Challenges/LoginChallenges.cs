using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Login.Challenges;

/// <summary>How a challenge stood when it was taken.</summary>
public enum ChallengeState
{
    /// <summary>It was there, and is used from now on.</summary>
    Taken,

    /// <summary>None such was given out, or too long ago to be remembered.</summary>
    Unknown,

    /// <summary>It was used before.</summary>
    Used,

    /// <summary>It was not used in time.</summary>
    Expired,
}

/// <summary>Where challenges are kept: in memory (<see cref="Rendezvous.MemoryLoginStore"/>), or in a database for more nodes than one.</summary>
public interface IChallengeStore
{
    /// <summary>Keeps a challenge.</summary>
    /// <param name="nonceSha256">SHA-256 of the nonce's characters; the nonce itself is not kept.</param>
    /// <param name="expiresAt">When it ends.</param>
    /// <param name="cancel">Stops waiting.</param>
    Task AddAsync(byte[] nonceSha256, DateTimeOffset expiresAt, CancellationToken cancel);

    /// <summary>Uses a challenge up, as one step: of any number that take it at the same time, one gets <see cref="ChallengeState.Taken"/>.</summary>
    /// <param name="nonceSha256">As for <see cref="AddAsync"/>.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancel">Stops waiting.</param>
    Task<ChallengeState> TakeAsync(byte[] nonceSha256, DateTimeOffset now, CancellationToken cancel);
}

/// <summary>Gives challenges out and takes them back, each once and within <see cref="Lifetime"/>.</summary>
public sealed class LoginChallenges(IChallengeStore store, TimeProvider time)
{
    /// <summary>From giving out to taking back: a person finds and types a PIN in it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private const int NonceOctets = 32;

    /// <summary>A new challenge.</summary>
    /// <returns>256 random bits in base64, 44 characters, which Web eID's programs take for a nonce as well.</returns>
    public async Task<string> IssueAsync(CancellationToken cancel)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceOctets));
        await store.AddAsync(BridgeSecret.Sha256(nonce), time.GetUtcNow() + Lifetime, cancel);
        return nonce;
    }

    /// <summary>Uses a challenge up.</summary>
    /// <exception cref="ProblemException">RK-6013, RK-6014 or RK-6015.</exception>
    public async Task TakeAsync(string nonce, CancellationToken cancel)
    {
        var refusal = await store.TakeAsync(BridgeSecret.Sha256(nonce), time.GetUtcNow(), cancel) switch
        {
            ChallengeState.Taken => null,
            ChallengeState.Used => Problems.LoginChallengeUsed(),
            ChallengeState.Expired => Problems.LoginChallengeExpired(),
            _ => Problems.LoginChallengeUnknown(),
        };
        if (refusal is not null)
        {
            throw new ProblemException(refusal);
        }
    }
}
