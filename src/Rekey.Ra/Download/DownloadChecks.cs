using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;

namespace Rekey.Ra.Download;

/// <summary>The server's half of a download's pre-flight.</summary>
internal sealed class DownloadChecks(DownloadCases cases, RaOptions options)
{
    /// <summary>More than a holder reads.</summary>
    private const int MostNames = 3;

    /// <summary>Kinds that are the server's word, whatever an agent says.</summary>
    internal static IReadOnlyList<PreflightKind> Own { get; } = [PreflightKind.Authorisation, PreflightKind.Holder, PreflightKind.Model, PreflightKind.AgentVersion];

    /// <summary>The checks, and what the agent is to look for on the token.</summary>
    public async Task<(IReadOnlyList<PreflightCheck> Checks, DownloadPreflightCommand Command)> CheckAsync(
        RaDbContext db, Session session, SessionProgress progress, TokenName token, CancellationToken cancel)
    {
        var wish = progress.DownloadWish(session, token) ?? throw new ProblemException(Problems.OutOfOrder());
        var judgement = await cases.JudgeAsync(db, wish, cancel);
        return (
        [
            Failed(PreflightKind.Authorisation, judgement.Refusal),
            Failed(PreflightKind.Model, judgement.TokenRefusal),
            Failed(PreflightKind.AgentVersion, AgentVersionRule.TooOld(session, options)),
            judgement.Others.Count == 0
                ? new(PreflightKind.Holder, PreflightOutcome.Ok)
                : new(PreflightKind.Holder, PreflightOutcome.Warning, WireProblem.Of(Problems.KeyOfOthers(string.Join("、", judgement.Others.Take(MostNames))))),
        ], new(token, judgement.KeyType, judgement.EncryptionKeyType));
    }

    private static PreflightCheck Failed(PreflightKind kind, Problem? problem) =>
        problem is null ? new(kind, PreflightOutcome.Ok) : new(kind, PreflightOutcome.Failed, WireProblem.Of(problem));
}
