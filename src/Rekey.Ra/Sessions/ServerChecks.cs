using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;

namespace Rekey.Ra.Sessions;

/// <summary>The server's half of the pre-flight.</summary>
internal sealed class ServerChecks(RenewalCases cases, RaOptions options)
{
    private static readonly int TokenModelNumber = Problems.TokenModelNotAllowed("").Number;

    /// <summary>The checks, and what the agent is to look for on the token.</summary>
    public async Task<(IReadOnlyList<PreflightCheck> Checks, PreflightCommand Command)> CheckAsync(
        RaDbContext db, Session session, SessionProgress progress, string certSha256, CancellationToken cancel)
    {
        var wish = progress.Wish(session.Id, certSha256) ?? throw new ProblemException(Problems.OutOfOrder());
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        var model = judgement.Refusal?.Number == TokenModelNumber ? judgement.Refusal : null;
        return (
        [
            Check(PreflightKind.Certificate, model is null ? judgement.Refusal : null),
            Check(PreflightKind.Model, model),
            Check(PreflightKind.AgentVersion, TooOld(session)),
        ], judgement.Current is { } current
            ? new(certSha256, current.KeyType, current.EncryptionKeyType)
            : new(certSha256, judgement.Rule.KeyType, judgement.Rule.EncryptionKeyType));
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
