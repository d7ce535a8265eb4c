using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>The server's half of the pre-flight.</summary>
internal sealed class ServerChecks(RenewalCases cases, RaOptions options)
{
    public async Task<IReadOnlyList<PreflightCheck>> CheckAsync(
        RaDbContext db, Session session, SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        var (facts, token) = progress.Find(certSha256) ?? throw new ProblemException(Problems.OutOfOrder());
        var designated = await db.TokenModels.AsNoTracking().ToListAsync(cancel);
        return
        [
            Check(PreflightKind.Certificate, await cases.DecideAsync(db, facts, cancel)),
            Check(PreflightKind.Model, RenewalRule.DecideToken(token, designated)),
            Check(PreflightKind.AgentVersion, TooOld(session)),
        ];
    }

    /// <summary>Suite name of the key that a renewal of the certificate would generate.</summary>
    public async Task<string> KeyTypeAsync(RaDbContext db, SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        var (facts, _) = progress.Find(certSha256) ?? throw new ProblemException(Problems.OutOfOrder());
        return cases.RuleOf(await RenewalCases.LoadAsync(db, facts, cancel)).KeyType;
    }

    private static PreflightCheck Check(PreflightKind kind, Problem? problem) =>
        problem is null ? new(kind, PreflightOutcome.Ok) : new(kind, PreflightOutcome.Failed, WireProblem.Of(problem));

    private Problem? TooOld(Session session)
    {
        var least = options.Sessions.MinAgentVersion;
        return Version.TryParse(session.AgentVersion?.Split('-', '+')[0], out var version) && version >= least
            ? null
            : Problems.AgentTooOld(session.AgentVersion ?? "?", least.ToString());
    }
}
