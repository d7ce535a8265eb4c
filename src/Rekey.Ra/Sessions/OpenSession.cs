using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Download;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>A session as its page holds it: the row's name and the cookie's secret.</summary>
internal sealed record SessionKey(string Id, string Secret)
{
    /// <summary>As in the cookie.</summary>
    public string CookieValue => $"{Id}.{Secret}";

    /// <summary>Reads a cookie's value; null when it is not of the form.</summary>
    public static SessionKey? Parse(string? value) =>
        value?.Split('.') is [{ Length: 22 } id, { Length: 43 } secret] ? new(id, secret) : null;
}

/// <summary>What a download's session is opened with.</summary>
/// <param name="Id">The authorisation.</param>
/// <param name="CodeProof">The proof that its code was typed.</param>
internal sealed record OpenedAuthorisation(long Id, byte[] CodeProof);

/// <summary>Makes a session and its first ticket.</summary>
internal sealed class OpenSession(IDbContextFactory<RaDbContext> contexts, DownloadSecrets secrets, RaOptions options, TimeProvider time)
{
    /// <summary>How long a session can be found by its cookie and lookup code: as long as an unconfirmed certificate is kept.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    // 3.6 million codes; a clash is rare, and two in a row rarer.
    private const int Tries = 5;

    public async Task<(SessionKey Key, Session Session)> OpenAsync(CreateSession wish, string language, CancellationToken cancel)
    {
        if (wish.Purpose != SessionPurpose.Renew)
        {
            throw new ProblemException(Problems.BadRequest("a session is opened so for a renewal only"));
        }

        if (wish.ReturnTo is { } returnTo && FindBusinessSystem(returnTo) is null)
        {
            throw new ProblemException(Problems.BadRequest("returnTo is not an address of a known business system"));
        }

        return await OpenAsync(wish, null, language, cancel);
    }

    /// <summary>A session for a download. That the codes were right was judged before.</summary>
    public Task<(SessionKey Key, Session Session)> OpenForAsync(OpenedAuthorisation authorisation, string language, CancellationToken cancel) =>
        OpenAsync(new(SessionPurpose.Download), authorisation, language, cancel);

    private async Task<(SessionKey Key, Session Session)> OpenAsync(CreateSession wish, OpenedAuthorisation? authorisation, string language, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryOpenAsync(wish, authorisation, language, cancel);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // The lookup code is taken.
            }
        }
    }

    /// <summary>The business system that an address belongs to; null when it is none of ours.</summary>
    public BusinessSystem? FindBusinessSystem(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
            ? options.Sessions.BusinessSystems.FirstOrDefault(b => uri.GetLeftPart(UriPartial.Authority) == b.Url.GetLeftPart(UriPartial.Authority)
                && uri.AbsolutePath.StartsWith(b.Url.AbsolutePath, StringComparison.Ordinal))
            : null;

    private async Task<(SessionKey Key, Session Session)> TryOpenAsync(CreateSession wish, OpenedAuthorisation? authorisation, string language, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var key = new SessionKey(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)), BridgeSecret.New());
        var session = new Session
        {
            Id = key.Id,
            CookieSecretSha256 = BridgeSecret.Sha256(key.Secret),
            Purpose = wish.Purpose,
            AuthorisationId = authorisation?.Id,
            SealedProof = authorisation is null ? null : secrets.SealProof(key.Id, authorisation.CodeProof),
            ReturnTo = wish.ReturnTo,
            Language = language,
            CheckCode = BridgeSecret.CheckCode(),
            LookupCode = SessionSecret.LookupCode(),
            CreatedAt = now,
            KeepUntil = now + Lifetime,
            TicketExpiresAt = now + LaunchAddress.TicketLifetime,
        };
        await using var db = await contexts.CreateDbContextAsync(cancel);
        db.Sessions.Add(session);
        db.Tickets.Add(NewTicket(key, session));
        new SessionChange(db, session, now).Append(new CreatedEvent());
        await db.SaveChangesAsync(cancel);
        return (key, session);
    }

    internal static LaunchTicket NewTicket(SessionKey key, Session session) => new()
    {
        Sha256 = BridgeSecret.Sha256(SessionSecret.Ticket(key.Secret, session.TicketNumber)),
        SessionId = session.Id,
        ExpiresAt = session.TicketExpiresAt,
    };
}

/// <summary>Gives a session a new ticket and check code; the old ticket and the old agent are void. The way on after every stop.</summary>
internal sealed class RelaunchSession(SessionStore sessions)
{
    public async Task<Session> RelaunchAsync(SessionKey key, CancellationToken cancel) =>
        await sessions.ChangeAsync(key.Id, async change =>
        {
            var session = change.Session;
            if (session.Purpose == SessionPurpose.Download && (session.SealedProof is null || (await change.ProgressAsync(cancel)).NewCertificate is not null))
            {
                throw new ProblemException(Problems.SessionEnded()); // it was given up, or is done; other codes open another
            }

            await change.Db.Tickets.Where(t => t.SessionId == session.Id).ExecuteDeleteAsync(cancel);
            session.TicketNumber++;
            session.TicketExpiresAt = change.Now + LaunchAddress.TicketLifetime;
            session.CheckCode = BridgeSecret.CheckCode();
            session.AgentTokenSha256 = null;
            session.AgentSeenAt = null;
            session.Ended = false;
            change.Db.Tickets.Add(OpenSession.NewTicket(key, session));
            change.Append(new RelaunchedEvent());
            return session;
        }, cancel) ?? throw new ProblemException(Problems.SessionUnknown());
}

/// <summary>Ends a session at the holder's wish. A renewal that is under way stays open and can be resumed.</summary>
internal sealed class CancelSession(SessionStore sessions)
{
    public Task CancelAsync(string id, CancellationToken cancel) => sessions.ChangeAsync(id, change =>
    {
        if (!change.Session.Ended)
        {
            change.Command(new CancelCommand());
            change.Append(new EndedEvent());
            change.Session.Ended = true;
            change.Session.AgentSeenAt = null;
            (change.Session.SealedSecret, change.Session.SealedProof) = (null, null);
        }

        return Task.FromResult(true);
    }, cancel);
}

/// <summary>Has the agent read the keys anew, when the holder plugged in another one.</summary>
internal sealed class ReadKeysAgain(SessionStore sessions)
{
    /// <exception cref="ProblemException">RK-2015 without an agent, or while a renewal runs.</exception>
    public Task ReadAsync(string id, CancellationToken cancel) => sessions.ChangeAsync(id, async change =>
    {
        var progress = await change.ProgressAsync(cancel);
        if (!progress.Attached || progress.RenewalId is not null)
        {
            throw new ProblemException(Problems.OutOfOrder());
        }

        change.Command(new ReadAgainCommand());
        return true;
    }, cancel);
}
