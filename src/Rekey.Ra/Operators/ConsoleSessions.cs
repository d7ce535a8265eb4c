using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Operators;

/// <summary>Why a session lets nobody in.</summary>
internal enum ConsoleSessionEnd
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>She logged out.</summary>
    LoggedOut,

    /// <summary>It was not used for <see cref="ConsoleOptions.IdleLimit"/>.</summary>
    Idle,

    /// <summary>It lasted <see cref="ConsoleOptions.LongestSession"/>.</summary>
    TooLong,

    /// <summary>What she may was changed.</summary>
    Changed,

    /// <summary>She is no operator any more.</summary>
    Removed,

    /// <summary>The certificate of the login has expired, is on hold or revoked.</summary>
    Certificate,
}

/// <summary>Sessions of operators. Any process of the RA may be asked; each request asks, in one query by the primary key.</summary>
internal sealed class ConsoleSessions(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>How exactly the last request is noted: not each click writes.</summary>
    internal static readonly TimeSpan SeenStep = TimeSpan.FromMinutes(1);

    /// <summary>Begins one for the person whose certificate this is.</summary>
    /// <param name="certificateSha256">SHA-256 of the certificate that a login was made with.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The secret for the cookie.</returns>
    /// <exception cref="ProblemException">RK-6030: she is no operator.</exception>
    public async Task<string> BeginAsync(byte[] certificateSha256, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var certificate = await act.Db.Certificates.AsNoTracking().Where(c => c.Sha256 == certificateSha256).Select(c => new { c.Id, c.SubscriberId, c.Serial }).SingleOrDefaultAsync(cancel);
        var found = certificate is null ? null : await act.Db.Operators.AsNoTracking().Include(o => o.Subscriber)
            .SingleOrDefaultAsync(o => o.SubscriberId == certificate.SubscriberId && o.State == OperatorState.Active && o.Subscriber.State == SubscriberState.Registered, cancel);
        if (found is null)
        {
            act.Record(new AuditEvent("operator.login", $"certificate:{Convert.ToHexStringLower(certificateSha256)}", "console", AuditOutcome.Refused));
            await act.CommitAsync(cancel);
            throw new ProblemException(Problems.NotAnOperator());
        }

        var (secret, now) = (BridgeSecret.New(), time.GetUtcNow());
        act.Db.ConsoleSessions.Add(new ConsoleSession
        {
            SecretSha256 = BridgeSecret.Sha256(secret),
            OperatorId = found.Id,
            OperatorVersion = found.Version,
            CertificateId = certificate!.Id,
            StartedAt = now,
            SeenAt = now,
        });
        act.Record(new AuditEvent("operator.login", SignedInOperator.ActorOf(found.Subscriber.StableId), "console") { Details = new Dictionary<string, string> { ["certificate"] = certificate.Serial } });
        await act.CommitAsync(cancel);
        return secret;
    }

    /// <summary>Whose session this is, now.</summary>
    /// <param name="secret">From the cookie; null when there was none.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>Who acts; or why nobody does.</returns>
    public async Task<(SignedInOperator? Operator, ConsoleSessionEnd End)> FindAsync(string? secret, CancellationToken cancel)
    {
        if (secret is not { Length: BridgeSecret.Length })
        {
            return (null, ConsoleSessionEnd.None);
        }

        var (hash, now) = (BridgeSecret.Sha256(secret), time.GetUtcNow());
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.ConsoleSessions.AsNoTracking().Where(s => s.SecretSha256 == hash)
            .Select(s => new { Session = s, Row = s.Operator, s.Operator.Subscriber.StableId, s.Operator.Subscriber.DisplayName, SubscriberState = s.Operator.Subscriber.State, CertificateState = s.Certificate.State, CertificateSha256 = s.Certificate.Sha256, s.Certificate.NotAfter })
            .SingleOrDefaultAsync(cancel);
        if (found is null)
        {
            return (null, ConsoleSessionEnd.None);
        }

        var (session, row) = (found.Session, found.Row);
        ConsoleSessionEnd? end = session.EndedAt is not null ? ConsoleSessionEnd.LoggedOut
            : row.State != OperatorState.Active || found.SubscriberState != SubscriberState.Registered ? ConsoleSessionEnd.Removed
            : row.Version != session.OperatorVersion ? ConsoleSessionEnd.Changed
            : found.CertificateState is not (CertificateState.Active or CertificateState.Superseded) || found.NotAfter < now ? ConsoleSessionEnd.Certificate
            : now - session.SeenAt > options.Console.IdleLimit ? ConsoleSessionEnd.Idle
            : now - session.StartedAt > options.Console.LongestSession ? ConsoleSessionEnd.TooLong
            : null;
        if (end is { } why)
        {
            return (null, why);
        }

        if (now - session.SeenAt > SeenStep)
        {
            await db.ConsoleSessions.Where(s => s.SecretSha256 == hash).ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, now), cancel);
        }

        return (new(row.Id, found.StableId, found.DisplayName, row.Role, row.Duties, OperatorScope.Parse(row.Scope)) { CertificateSha256 = found.CertificateSha256 }, ConsoleSessionEnd.None);
    }

    /// <summary>Ends one.</summary>
    /// <param name="secret">From the cookie.</param>
    /// <param name="by">Whose it is.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task EndAsync(string secret, SignedInOperator by, CancellationToken cancel)
    {
        var (hash, now) = (BridgeSecret.Sha256(secret), time.GetUtcNow());
        await using var act = await acts.BeginAsync(cancel);
        if (await act.Db.ConsoleSessions.Where(s => s.SecretSha256 == hash && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancel) == 1)
        {
            act.Record(new AuditEvent("operator.logout", by.Actor, "console"));
            await act.CommitAsync(cancel);
        }
    }
}
