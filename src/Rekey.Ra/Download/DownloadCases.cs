using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Download;

/// <summary>Who wants to download what was authorised, and to which token.</summary>
/// <param name="SessionId">The session that asks.</param>
/// <param name="AuthorisationId">What its codes opened.</param>
/// <param name="Token">The token chosen.</param>
/// <param name="Pending">Ids of renewals and downloads, lower-case hex, of the unfinished keys that the agent found on that token.</param>
/// <param name="OnToken">SHA-256 of the certificates that the agent found on that token.</param>
internal sealed record DownloadWish(
    string SessionId, long AuthorisationId, TokenSummary Token, IReadOnlyCollection<string> Pending, IReadOnlyCollection<byte[]> OnToken);

/// <summary>What became of a wish.</summary>
/// <param name="Authorisation">What was authorised.</param>
/// <param name="Rule">The rule of its profile.</param>
/// <param name="Current">The download under it that is open or confirmed; null when there is none.</param>
/// <param name="Refusal">Why nothing can be downloaded; null when it can.</param>
/// <param name="TokenRefusal">Why it cannot go to this token; null when it can.</param>
/// <param name="Others">Names of other holders whose certificates are on the token.</param>
internal sealed record DownloadJudgement(
    Authorisation Authorisation, ProfileRule Rule, DownloadRecord? Current, Problem? Refusal, Problem? TokenRefusal, IReadOnlyList<string> Others)
{
    /// <summary>Suite name of the key to generate.</summary>
    public string KeyType => Current?.KeyType ?? Rule.KeyType;

    /// <summary>Suite name of the encryption key; null for a certificate alone.</summary>
    public string? EncryptionKeyType => Current is { } begun ? begun.EncryptionKeyType : DownloadCases.IsPair(Authorisation) ? Rule.EncryptionKeyType : null;
}

/// <summary>Loads what <see cref="DownloadRule"/> decides on, and asks it. Pages, pre-flight and start all judge here, so they agree.</summary>
internal sealed class DownloadCases(RaOptions options, OpenAuthorisation authorisations, RenewalCases renewals, TimeProvider time)
{
    /// <summary>Whether a signing and an encryption certificate were authorised.</summary>
    public static bool IsPair(Authorisation authorisation) => authorisation.Read().IsPair;

    /// <summary>Judges a wish as things stand now.</summary>
    public async Task<DownloadJudgement> JudgeAsync(RaDbContext db, DownloadWish wish, CancellationToken cancel)
    {
        var authorisation = await db.Authorisations.AsNoTracking().Include(a => a.Subscriber).SingleAsync(a => a.Id == wish.AuthorisationId, cancel);
        var current = await db.Downloads.AsNoTracking().Include(d => d.Certificates).SingleOrDefaultAsync(d => d.AuthorisationId == authorisation.Id && d.State != DownloadState.Ended, cancel);
        var refusal = DownloadRule.Decide(authorisation, current, authorisations.Refusal(authorisation))
            ?? (current is not null && await IsBusyAsync(db, current, wish, cancel) ? Problems.DownloadUnderWay(renewals.Local(current.StartedAt)) : null);
        return new(
            authorisation,
            options.Renewal.For(authorisation.Profile),
            current,
            refusal,
            DownloadRule.DecideToken(authorisation.Read(), wish.Token, await db.TokenModels.AsNoTracking().ToListAsync(cancel)),
            await OthersAsync(db, authorisation, wish, cancel));
    }

    // Whoever has the codes goes on, unless somebody else with the codes is at it in this moment and the key is not on this token.
    private async Task<bool> IsBusyAsync(RaDbContext db, DownloadRecord current, DownloadWish wish, CancellationToken cancel)
    {
        if (current.SessionId == wish.SessionId || wish.Pending.Contains(Convert.ToHexStringLower(current.DownloadId))
            || await db.DownloadCertificates.AnyAsync(c => c.DownloadId == current.Id && wish.OnToken.Contains(c.Certificate.Sha256), cancel))
        {
            return false;
        }

        var heardSince = time.GetUtcNow() - RenewalCases.Silence;
        return await db.Sessions.AnyAsync(s => s.Id == current.SessionId && !s.Ended && s.AgentSeenAt > heardSince, cancel);
    }

    // A key that a colleague left in the computer: its holder is named before anything happens.
    private static async Task<IReadOnlyList<string>> OthersAsync(RaDbContext db, Authorisation authorisation, DownloadWish wish, CancellationToken cancel) =>
        await db.Certificates.AsNoTracking()
            .Where(c => wish.OnToken.Contains(c.Sha256) && c.SubscriberId != authorisation.SubscriberId && c.State != CertificateState.Revoked)
            .Select(c => c.Subscriber.DisplayName).Distinct().OrderBy(n => n).ToListAsync(cancel);
}
