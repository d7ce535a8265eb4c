using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;

namespace Rekey.Web.Console.Login;

/// <summary>
/// Challenges and attempts of logins in the RA's store, so that page, agent and return page may each come to another node. What must happen
/// once is one conditional update.
/// </summary>
internal sealed class RaLoginStore(IDbContextFactory<RaDbContext> contexts, TimeProvider time) : IChallengeStore, IAttemptStore
{
    /// <summary>How often a waiting poll looks. Few people log in at once, and each waits for seconds.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(400);

    private static readonly JsonSerializerOptions Json = new()
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(BridgeJson.Default, new DefaultJsonTypeInfoResolver()),
    };

    /// <inheritdoc/>
    public async Task AddAsync(byte[] nonceSha256, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.LoginChallenges.Add(new LoginChallengeRow { NonceSha256 = nonceSha256, ExpiresAt = expiresAt });
        await db.SaveChangesAsync(cancel);
    }

    /// <inheritdoc/>
    public async Task<ChallengeState> TakeAsync(byte[] nonceSha256, DateTimeOffset now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.LoginChallenges.Where(c => c.NonceSha256 == nonceSha256 && c.UsedAt == null && c.ExpiresAt >= now)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, now), cancel) == 1)
        {
            return ChallengeState.Taken;
        }

        return await db.LoginChallenges.AsNoTracking().SingleOrDefaultAsync(c => c.NonceSha256 == nonceSha256, cancel) is not { } found ? ChallengeState.Unknown
            : found.ExpiresAt < now ? ChallengeState.Expired
            : ChallengeState.Used;
    }

    /// <inheritdoc/>
    public async Task AddAsync(LoginAttempt attempt, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.LoginAttempts.Add(new LoginAttemptRow { Id = attempt.Id, Version = attempt.Version, ExpiresAt = attempt.ExpiresAt, Content = JsonSerializer.Serialize(attempt, Json) });
        await db.SaveChangesAsync(cancel);
    }

    /// <inheritdoc/>
    public async Task<LoginAttempt?> FindAsync(string id, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var content = await db.LoginAttempts.Where(a => a.Id == id && a.ExpiresAt >= now).Select(a => a.Content).SingleOrDefaultAsync(cancel);
        return content is null ? null : JsonSerializer.Deserialize<LoginAttempt>(content, Json);
    }

    /// <inheritdoc/>
    public async Task<bool> TryReplaceAsync(LoginAttempt changed, CancellationToken cancel)
    {
        var (before, content) = (changed.Version - 1, JsonSerializer.Serialize(changed, Json));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.LoginAttempts.Where(a => a.Id == changed.Id && a.Version == before)
            .ExecuteUpdateAsync(a => a.SetProperty(x => x.Version, changed.Version).SetProperty(x => x.Content, content), cancel) == 1;
    }

    /// <inheritdoc/>
    public async Task WaitAsync(string id, int seenVersion, TimeSpan limit, CancellationToken cancel)
    {
        var until = time.GetUtcNow() + limit;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        while (await db.LoginAttempts.AnyAsync(a => a.Id == id && a.Version == seenVersion, cancel) && time.GetUtcNow() < until)
        {
            await Task.Delay(LookInterval, time, cancel);
        }
    }
}
