using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Contract.Renewal;
using Rekey.Pki.Certificates;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;

namespace Rekey.Ra.Download;

/// <summary>A token as the page of keys shows it.</summary>
/// <param name="Index">Its place in the agent's list.</param>
/// <param name="Token">The token.</param>
/// <param name="Holders">Whose certificates are on it, by what these say.</param>
/// <param name="Refusal">Why the download cannot go to it; null when it can.</param>
internal sealed record TokenCard(int Index, TokenSummary Token, IReadOnlyList<string> Holders, Problem? Refusal)
{
    /// <summary>What the token calls itself.</summary>
    public string Maker => $"{Token.Manufacturer} {Token.Model}".Trim();
}

/// <summary>What was authorised, as the page shows it before the PIN.</summary>
/// <param name="HolderName">Whom it is for.</param>
/// <param name="SubjectText">The certificates' subject.</param>
/// <param name="ContactName">Who handles the key, from the RA's record.</param>
/// <param name="IsPair">Signing and encryption certificate; else the signing one alone.</param>
/// <param name="KeyType">Suite name of the key.</param>
/// <param name="IssuerName">Who will issue it, as far as earlier certificates of the profile tell; else null.</param>
/// <param name="Forecast">Until when it will be valid. The CA's profile decides in the end.</param>
/// <param name="AuthorisedUntil">The last day of the authorisation.</param>
internal sealed record AuthorisedCard(
    string HolderName, string SubjectText, string? ContactName, bool IsPair, string KeyType, string? IssuerName, RenewalForecast Forecast, DateOnly AuthorisedUntil);

/// <summary>Reads what the pages of a download show.</summary>
internal sealed class DownloadReader(IDbContextFactory<RaDbContext> contexts, DownloadCases cases, RaOptions options, TimeProvider time)
{
    /// <summary>The tokens that the agent listed, those that it can go to first.</summary>
    public async Task<IReadOnlyList<TokenCard>> TokensAsync(SessionSnapshot snapshot, CancellationToken cancel)
    {
        if (snapshot.Progress.Keys is not { } keys)
        {
            return [];
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        var cards = new List<TokenCard>();
        for (var i = 0; i < keys.Tokens.Count; i++)
        {
            var judgement = await cases.JudgeAsync(db, snapshot.Progress.DownloadWish(snapshot.Session, TokenName.Of(keys.Tokens[i]))!, cancel);
            var place = i;
            var holders = keys.Certificates.Where(c => c.Token == place).Select(c => CertificateFacts.Read(Convert.FromBase64String(c.Der))?.HolderName).OfType<string>().Distinct();
            cards.Add(new(i, keys.Tokens[i], [.. holders], judgement.TokenRefusal));
        }

        return [.. cards.OrderBy(c => c.Refusal is null ? 0 : 1)];
    }

    /// <summary>What was authorised.</summary>
    public async Task<AuthorisedCard> AuthorisedAsync(SessionSnapshot snapshot, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var id = snapshot.Session.AuthorisationId ?? throw new ProblemException(Problems.SessionUnknown());
        var authorisation = await db.Authorisations.AsNoTracking().Include(a => a.Subscriber).SingleAsync(a => a.Id == id, cancel);
        var rule = options.Renewal.For(authorisation.Profile);
        var zone = options.Institution.Zone();
        var issuer = await db.Certificates.Where(c => c.Profile == authorisation.Profile).OrderByDescending(c => c.Id).Select(c => c.Issuer.DisplayName).FirstOrDefaultAsync(cancel);
        return new(
            authorisation.Subscriber.DisplayName,
            DistinguishedName.FromDer(DecideDownload.SubjectOf(authorisation)).ToString(),
            authorisation.Subscriber.ContactName,
            DownloadCases.IsPair(authorisation),
            rule.KeyType,
            issuer,
            RenewalForecast.OfFirst(rule, time.GetUtcNow(), zone),
            RenewalWindow.CalendarDay(authorisation.ExpiresAt, zone));
    }
}
