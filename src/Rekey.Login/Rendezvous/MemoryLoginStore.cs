using System.Collections.Concurrent;
using Rekey.Contract.Problems;
using Rekey.Login.Challenges;

namespace Rekey.Login.Rendezvous;

/// <summary>Challenges and attempts in this process's memory: enough for one node; a restart ends the logins that are under way.</summary>
public sealed class MemoryLoginStore(TimeProvider time) : IChallengeStore, IAttemptStore
{
    /// <summary>Most that is kept of each kind: a flood must not fill the memory.</summary>
    public const int MostKept = 100_000;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    /// <summary>A used or expired challenge is remembered for this long, so that its repetition can be named.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Challenge> challenges = new();
    private readonly ConcurrentDictionary<string, Entry> attempts = new();
    private readonly Lock sweeping = new();
    private DateTimeOffset sweptAt = time.GetUtcNow();

    /// <inheritdoc/>
    public Task AddAsync(byte[] nonceSha256, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        MakeRoom(challenges.Count);
        challenges[Convert.ToHexString(nonceSha256)] = new(expiresAt);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ChallengeState> TakeAsync(byte[] nonceSha256, DateTimeOffset now, CancellationToken cancel) => Task.FromResult(
        !challenges.TryGetValue(Convert.ToHexString(nonceSha256), out var found) ? ChallengeState.Unknown
        : found.ExpiresAt < now ? ChallengeState.Expired
        : found.TakeOnce() ? ChallengeState.Taken
        : ChallengeState.Used);

    /// <inheritdoc/>
    public Task AddAsync(LoginAttempt attempt, CancellationToken cancel)
    {
        MakeRoom(attempts.Count);
        return attempts.TryAdd(attempt.Id, new(attempt)) ? Task.CompletedTask : throw new InvalidOperationException("an attempt of that name is there");
    }

    /// <inheritdoc/>
    public Task<LoginAttempt?> FindAsync(string id, CancellationToken cancel) =>
        Task.FromResult(attempts.TryGetValue(id, out var entry) && entry.Attempt.ExpiresAt >= time.GetUtcNow() ? entry.Attempt : null);

    /// <inheritdoc/>
    public Task<bool> TryReplaceAsync(LoginAttempt changed, CancellationToken cancel) =>
        Task.FromResult(attempts.TryGetValue(changed.Id, out var entry) && entry.TryReplace(changed));

    /// <inheritdoc/>
    public async Task WaitAsync(string id, int seenVersion, TimeSpan limit, CancellationToken cancel)
    {
        if (attempts.TryGetValue(id, out var entry))
        {
            try
            {
                await entry.ChangedFrom(seenVersion).WaitAsync(limit, time, cancel);
            }
            catch (TimeoutException)
            {
                // Nothing happened in time, which is an answer too.
            }
        }
    }

    private void MakeRoom(int count)
    {
        lock (sweeping)
        {
            var now = time.GetUtcNow();
            if (count >= MostKept || sweptAt + SweepInterval <= now)
            {
                sweptAt = now;
                foreach (var (key, _) in challenges.Where(c => c.Value.ExpiresAt + Memory < now))
                {
                    challenges.TryRemove(key, out _);
                }

                foreach (var (key, _) in attempts.Where(a => a.Value.Attempt.ExpiresAt < now))
                {
                    attempts.TryRemove(key, out _);
                }
            }
        }

        if (challenges.Count >= MostKept || attempts.Count >= MostKept)
        {
            throw new ProblemException(Problems.TooManyRequests((int)SweepInterval.TotalSeconds));
        }
    }

    private sealed class Challenge(DateTimeOffset expiresAt)
    {
        private int taken;

        public DateTimeOffset ExpiresAt => expiresAt;

        public bool TakeOnce() => Interlocked.Exchange(ref taken, 1) == 0;
    }

    private sealed class Entry(LoginAttempt attempt)
    {
        private readonly Lock gate = new();
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private LoginAttempt attempt = attempt;

        public LoginAttempt Attempt
        {
            get
            {
                lock (gate)
                {
                    return attempt;
                }
            }
        }

        public bool TryReplace(LoginAttempt next)
        {
            lock (gate)
            {
                if (attempt.Version + 1 != next.Version)
                {
                    return false;
                }

                attempt = next;
                changed.SetResult();
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return true;
            }
        }

        public Task ChangedFrom(int version)
        {
            lock (gate)
            {
                return attempt.Version == version ? changed.Task : Task.CompletedTask;
            }
        }
    }
}
